"""The repository for Triton is what Triton's own messages, the model's file and our client expect; no Triton runs."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import kubernetes_validate
import numpy as np
import onnx
import onnxruntime
import pytest
import yaml
from google.protobuf import text_format
from tritonclient.grpc.model_config_pb2 import DataType, ModelConfig, ModelInstanceGroup

from deploy.triton.repository import add_model, main
from tests.inference.test_runtimes import crops_of
from tests.support.artifacts import edit_card
from tests.support.inference_server import InferenceServer
from tests.support.servers import ROOT
from webapp.errors import ModelError
from webapp.inference.card import read_card
from webapp.inference.loading import REMOTE_BATCH
from webapp.inference.onnx_backend import load_onnx_backend
from webapp.inference.open_inference import Signature
from webapp.inference.remote_backend import RemoteBackend

MODELS = [ROOT / "models" / name for name in ("model2-ferplus-balanced", "model2-ferplus-balanced-int8")]
KSERVE = ROOT / "deploy" / "kserve" / "inference-service.yaml"
ONNX_TYPES = {DataType.TYPE_FP32: onnx.TensorProto.FLOAT, DataType.TYPE_UINT8: onnx.TensorProto.UINT8}


@pytest.fixture(scope="module", params=MODELS, ids=lambda path: path.name)
def made(request, tmp_path_factory):
    """An artifact, and the folder that Triton gets of it."""
    return request.param, add_model(request.param, tmp_path_factory.mktemp("triton") / "repository")


def config_in(folder: Path) -> ModelConfig:
    return text_format.Parse((folder / "config.pbtxt").read_text(), ModelConfig())


def metadata_of(config: ModelConfig, version: str = "1") -> dict:
    """Returns what Triton answers to `GET /v2/models/NAME`: types without TYPE_, and the batch before the shape."""

    def described(tensor):
        name = DataType.Name(tensor.data_type).removeprefix("TYPE_")
        return {"name": tensor.name, "datatype": name, "shape": [-1, *tensor.dims]}

    return {
        "name": config.name,
        "versions": [version],
        "platform": config.platform,
        "inputs": [described(one) for one in config.input],
        "outputs": [described(one) for one in config.output],
    }


def test_the_file_is_the_cards_and_the_configuration_fits_it(made):
    source, folder = made
    config, card = config_in(folder), read_card(source)
    content = (folder / "1" / "model.onnx").read_bytes()
    assert hashlib.sha256(content).hexdigest() == card.files["model.onnx"]
    assert sorted(path.name for path in folder.iterdir()) == ["1", "config.pbtxt"]
    assert config.name == folder.name == card.name
    graph = onnx.load_from_string(content).graph
    for described, values in ((config.input, graph.input), (config.output, graph.output)):
        (tensor,), (value,) = described, values
        batch, *shape = value.type.tensor_type.shape.dim
        assert tensor.name == value.name
        assert list(tensor.dims) == [one.dim_value for one in shape]
        assert ONNX_TYPES[tensor.data_type] == value.type.tensor_type.elem_type
        assert not batch.HasField("dim_value")  # `max_batch_size` asks for a batch of any size


def test_requests_of_web_servers_fit_into_a_batch_and_none_waits_for_ever(made):
    config = config_in(made[1])
    assert config.platform == "onnxruntime_onnx"
    assert config.max_batch_size >= REMOTE_BATCH
    assert config.version_policy.latest.num_versions == 1
    assert 0 < config.dynamic_batching.max_queue_delay_microseconds <= 5000
    queue = config.dynamic_batching.default_queue_policy
    assert 0 < queue.default_timeout_microseconds <= 1_000_000
    assert queue.max_queue_size > 0


def test_our_client_understands_what_triton_would_say_of_it(made):
    config = config_in(made[1])
    signature = Signature.of_metadata(metadata_of(config))
    assert signature == Signature(config.input[0].name, "FP32", config.output[0].name, "1")


class AsTriton(InferenceServer):
    """A server with the names, types and version that Triton would have by a configuration, and its file."""

    def __init__(self, folder: Path) -> None:
        self.config = config_in(folder)
        session = onnxruntime.InferenceSession(
            folder / "1" / "model.onnx", providers=["CPUExecutionProvider"]
        )
        (entry,), (exit_,) = self.config.input, self.config.output
        super().__init__(
            self.config.name,
            lambda crops: session.run([exit_.name], {entry.name: crops.astype(np.float32)})[0],
        )

    @property
    def signature(self) -> Signature:
        return Signature.of_metadata(metadata_of(self.config, self.version))


def test_faces_are_read_as_in_this_process(made):
    source, folder = made
    server, card = AsTriton(folder), read_card(source)
    try:
        remote = RemoteBackend((server.url,), card)
        remote.wait()
        np.testing.assert_allclose(
            remote.run(crops_of()[:8]), load_onnx_backend(source, card).run(crops_of()[:8]), atol=1e-5
        )
    finally:
        server.close()


@pytest.mark.parametrize(
    ("on_gpu", "kind"), [(False, ModelInstanceGroup.KIND_CPU), (True, ModelInstanceGroup.KIND_GPU)]
)
def test_instances_compute_where_the_operator_says(tmp_path, on_gpu, kind):
    config = config_in(add_model(MODELS[1], tmp_path, on_gpu=on_gpu, instances=3))
    (group,) = config.instance_group
    assert (group.kind, group.count) == (kind, 3)
    assert ("intra_op_thread_count" in config.parameters) is not on_gpu


def test_a_second_version_stands_beside_the_first_which_is_never_replaced(tmp_path, capsys):
    assert main([*map(str, MODELS), str(tmp_path)]) == 0
    assert capsys.readouterr().out.split() == [str(tmp_path / one.name) for one in MODELS]
    add_model(MODELS[1], tmp_path, version=2)
    assert sorted(path.name for path in (tmp_path / MODELS[1].name).iterdir()) == ["1", "2", "config.pbtxt"]
    assert main([str(MODELS[0]), str(tmp_path)]) == 1
    assert "is there already" in capsys.readouterr().err


def test_a_file_that_is_not_the_cards_is_refused(tmp_path):
    artifact = tmp_path / "artifact"
    shutil.copytree(MODELS[1], artifact)
    edit_card(artifact, name="other")
    folder = add_model(artifact, tmp_path / "repository")
    assert folder.name == "other"
    with (artifact / "model.onnx").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ModelError, match="not the file that its card describes"):
        add_model(artifact, tmp_path / "repository", version=2)
    assert sorted(path.name for path in folder.iterdir()) == ["1", "config.pbtxt"]


PREDICTOR = {
    "automountServiceAccountToken",
    "maxReplicas",
    "minReplicas",
    "model",
    "scaleMetric",
    "scaleTarget",
    "securityContext",
}
MODEL = {"modelFormat", "protocolVersion", "resources", "runtime", "securityContext", "storageUri"}
"""Fields that KServe 0.21 has in `V1beta1PredictorSpec` and `V1beta1ModelSpec`, of which these are used."""


def test_the_inference_service_has_the_form_that_kserve_knows():
    service, policy = yaml.safe_load_all(KSERVE.read_text())
    assert (service["apiVersion"], service["kind"]) == ("serving.kserve.io/v1beta1", "InferenceService")
    predictor = service["spec"]["predictor"]
    model = predictor["model"]
    assert (set(service["spec"]), set(predictor), set(model)) == ({"predictor"}, PREDICTOR, MODEL)
    assert model["protocolVersion"] == "v2"
    assert 1 < predictor["minReplicas"] <= predictor["maxReplicas"]
    # What of it is a pod's fits Kubernetes' own schema.
    pod = {key: predictor[key] for key in ("automountServiceAccountToken", "securityContext")}
    container = {"name": "model", **{key: model[key] for key in ("resources", "securityContext")}}
    kubernetes_validate.validate(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": service["metadata"],
            "spec": {**pod, "containers": [container]},
        },
        "1.36",
        strict=True,
    )
    kubernetes_validate.validate(policy, "1.36", strict=True)
    assert policy["spec"]["podSelector"]["matchLabels"] == {
        "serving.kserve.io/inferenceservice": service["metadata"]["name"]
    }
