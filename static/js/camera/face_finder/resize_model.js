/**
 * BlazeFace for another input size. LiteRT.js runs a model only at the size that stands in its file, but the network is
 * convolutional: its shapes alone are written anew, in place (FlatBuffers, by TensorFlow Lite's schema.fbs). Pure.
 */

const SUBGRAPHS = 2; // fields of the schema's tables, by their number
const TENSORS = 0;
const INPUTS = 1;
const OPERATORS = 3;
const TENSOR_SHAPE = 0;
const OPERATOR_INPUTS = 1;
const OPERATOR_OUTPUTS = 2;
const INPUT_SIDE = 128;

/**
 * @param {Uint8Array} model TensorFlow Lite model whose input is `(1, 128, 128, 3)`.
 * @param {import("../../shared/geometry.js").Size} size Width and height of the new input, multiples of 16.
 * @returns {Uint8Array} The same model for that size.
 * @throws {Error} If the file is no such model.
 */
export function resizeModel(model, { width, height }) {
  const resized = model.slice();
  const reader = createReader(new DataView(resized.buffer));
  const [graph] = reader.tables(reader.field(reader.root(), SUBGRAPHS));
  const tensors = reader.tables(reader.field(graph, TENSORS));
  const [input] = reader.numbers(reader.field(graph, INPUTS));
  const shapes = new Set([reader.field(tensors[input], TENSOR_SHAPE)]); // a set: equal shapes may share a place
  const images = new Set([input]);
  if (reader.numbers([...shapes][0]).join() !== [1, INPUT_SIDE, INPUT_SIDE, 3].join())
    throw new Error("model: input");
  for (const operator of reader.tables(reader.field(graph, OPERATORS))) {
    // The rest unpacks weights.
    if (!reader.numbers(reader.field(operator, OPERATOR_INPUTS)).some((tensor) => images.has(tensor)))
      continue;
    for (const tensor of reader.numbers(reader.field(operator, OPERATOR_OUTPUTS))) {
      images.add(tensor);
      shapes.add(reader.field(tensors[tensor], TENSOR_SHAPE));
    }
  }
  for (const shape of shapes)
    reader.write(shape, scaled(reader.numbers(shape), height / INPUT_SIDE, width / INPUT_SIDE));
  return resized;
}

/**
 * @param {number[]} shape `(1, height, width, channels)` of a feature map, or `(1, anchors, values)` of an output.
 * @param {number} high
 * @param {number} wide
 */
function scaled(shape, high, wide) {
  if (shape.length === 3) return [shape[0], shape[1] * high * wide, shape[2]];
  return [shape[0], shape[1] * high, shape[2] * wide, shape[3]];
}

/**
 * Reads FlatBuffers: a table begins with the distance to the list of its fields' places; vectors, tables and texts are
 * reached by a distance that stands in their field.
 *
 * @param {DataView} view
 */
function createReader(view) {
  /** @param {number} at */
  const table = (at) => at + view.getUint32(at, true);
  /** @param {number} vector */
  const length = (vector) => view.getUint32(table(vector), true);
  /** @param {number} vector */
  const places = (vector) =>
    Array.from({ length: length(vector) }, (_, index) => table(vector) + 4 + 4 * index);
  return {
    root: () => table(0),
    /**
     * @param {number} of Table.
     * @param {number} number
     * @returns {number} Place of a field's value.
     */
    field(of, number) {
      const fields = of - view.getInt32(of, true);
      const entry = 4 + 2 * number;
      const distance = entry < view.getUint16(fields, true) ? view.getUint16(fields + entry, true) : 0;
      if (!distance) throw new Error(`model: ${number}`);
      return of + distance;
    },
    /** @param {number} vector */
    tables: (vector) => places(vector).map(table),
    /** @param {number} vector */
    numbers: (vector) => places(vector).map((at) => view.getInt32(at, true)),
    /**
     * @param {number} vector
     * @param {number[]} values
     */
    write: (vector, values) => places(vector).forEach((at, index) => view.setInt32(at, values[index], true)),
  };
}
