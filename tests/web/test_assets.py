"""Static files: kept for good under an address that changes with any of them."""

from __future__ import annotations

import gzip
import re
import shutil

from tests.support.app import make_app
from tests.support.servers import ROOT
from webapp.web.assets import version_of


def addresses(client) -> list[str]:
    return re.findall(r'(?:href|src)="(/static/[^"]+)"', client.get("/").get_data(as_text=True))


def test_a_page_names_one_version_and_each_file_may_be_kept_for_good():
    client = make_app().test_client()
    found = addresses(client)
    assert {address.split("/")[2] for address in found} == {version_of(ROOT / "static")}
    assert any(address.endswith("/js/live.js") for address in found)
    for address in found:
        with client.get(address) as answer:
            assert answer.status_code == 200
            assert {"public", "immutable", "max-age=31536000"} == set(
                answer.headers["Cache-Control"].split(", ")
            )
        etag = answer.headers["ETag"]
        with client.get(address, headers={"If-None-Match": etag}) as again:
            assert (again.status_code, again.data) == (304, b"")


def test_another_version_is_not_answered_with_this_one():
    client = make_app().test_client()
    version = version_of(ROOT / "static")
    old = addresses(client)[0].replace(version, "0" * 12)
    answer = client.get(old)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-cache")


def test_any_change_makes_another_version(tmp_path):
    for name, text in {"a.js": "one", "css/b.css": "two"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    first = version_of(tmp_path)
    assert first == version_of(shutil.copytree(tmp_path, tmp_path.parent / "copy"))
    (tmp_path / "a.js").write_text("One")
    second = version_of(tmp_path)
    (tmp_path / "a.js").rename(tmp_path / "c.js")
    assert len({first, second, version_of(tmp_path)}) == 3


def test_modules_and_style_sheets_name_each_other_relatively():
    """An absolute address in them would leave their version."""
    for path in [*(ROOT / "static" / "js").glob("*.js"), *(ROOT / "static" / "css").glob("*.css")]:
        assert not re.search(r"""["'(]/static/""", path.read_text(encoding="utf-8")), path.name


def test_the_worker_that_finds_faces_alone_may_compile_webassembly():
    """A worker does not inherit the policy of its page: without one of its own it could do anything."""
    client = make_app().test_client()
    version = version_of(ROOT / "static")
    with client.get(f"/static/{version}/js/camera/face_finder/worker.js") as answer:
        policy = answer.headers["Content-Security-Policy"].split("; ")
    assert policy == ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "connect-src 'self'"]
    for page in ("/", "/music"):
        assert "wasm-unsafe-eval" not in client.get(page).headers["Content-Security-Policy"]


def test_the_runtime_of_the_worker_is_sent_packed():
    client = make_app().test_client()
    version = version_of(ROOT / "static")
    for build in ("litert_wasm_internal", "litert_wasm_compat_internal"):
        with client.get(f"/static/{version}/vendor/litert/{build}.wasm.gz") as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            assert answer.mimetype == "application/wasm"
            assert int(answer.headers["Content-Length"]) < 3_000_000


def test_files_carry_no_policy_of_pages_but_keep_their_type():
    client = make_app().test_client()
    with client.get(addresses(client)[0]) as answer:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Content-Security-Policy" not in answer.headers


def test_static_texts_are_packed_for_browsers_that_unpack_them_and_pages_never():
    client = make_app().test_client()
    (address,) = (one for one in addresses(client) if one.endswith("/js/live.js"))
    with client.get(address) as plain:
        assert "Content-Encoding" not in plain.headers
        content = plain.data
    with client.get(address, headers={"Accept-Encoding": "gzip"}) as packed:
        assert packed.headers["Content-Encoding"] == "gzip"
        assert len(packed.data) < 0.5 * len(content)
        assert gzip.decompress(packed.data) == content
        assert "Accept-Encoding" in packed.headers["Vary"]
    etag = packed.headers["ETag"]
    with client.get(address, headers={"Accept-Encoding": "gzip", "If-None-Match": etag}) as again:
        assert again.status_code == 304
    with client.get(address, headers={"Accept-Encoding": "gzip", "Range": "bytes=0-9"}) as part:
        assert (part.status_code, part.data) == (206, content[:10])
    assert "Content-Encoding" not in client.get("/", headers={"Accept-Encoding": "gzip"}).headers
