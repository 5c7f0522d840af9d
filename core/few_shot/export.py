"""A head with the whole classifier as one TFLite file, composed without TensorFlow.

The frozen layers stay byte for byte; the last layer gives way to the head and a softmax.
"""

import json

import numpy as np

from core.common.types import Float32Array
from core.few_shot.learning import Head
from core.zoo.hand_classifier import FEATURES


def head_model(classifier: bytes, head: Head) -> bytes:
    """From (1, 128, 128, 1) grey levels to (1, signs + 1) probabilities, "none of these" last.

    Args:
        classifier: its published TFLite file, which ends in a fully connected layer.
        head: what was learnt.
    """
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(classifier, 0)
    (graph,) = model.subgraphs
    answers = len(head.weights)

    def add_tensor(name: str, shape: tuple[int, ...], values: Float32Array | None) -> int:
        buffer = schema.BufferT()
        if values is not None:
            buffer.data = np.frombuffer(values.astype("<f4").tobytes(), np.uint8)
        model.buffers.append(buffer)
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.type = name, list(shape), schema.TensorType.FLOAT32
        tensor.buffer = len(model.buffers) - 1
        graph.tensors.append(tensor)
        return len(graph.tensors) - 1

    (answer,) = graph.outputs
    last = next(each for each in graph.operators if answer in each.outputs)
    weights = add_tensor("head/weights", (answers, FEATURES), head.weights)
    biases = add_tensor("head/biases", (answers,), head.biases)
    scores = add_tensor("head/scores", (1, answers), None)
    probabilities = add_tensor("head/probabilities", (1, answers), None)
    last.inputs, last.outputs = [last.inputs[0], weights, biases], [scores]

    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.SOFTMAX
    code.version = 1
    model.operatorCodes.append(code)
    softmax = schema.OperatorT()
    softmax.opcodeIndex = len(model.operatorCodes) - 1
    softmax.inputs, softmax.outputs = [scores], [probabilities]
    softmax.builtinOptionsType = schema.BuiltinOptions.SoftmaxOptions
    softmax.builtinOptions = schema.SoftmaxOptionsT()
    softmax.builtinOptions.beta = 1.0
    graph.operators.append(softmax)
    graph.outputs = [probabilities]
    model.signatureDefs[0].outputs[0].tensorIndex = probabilities

    builder = flatbuffers.Builder(len(classifier) + 4 * head.learned)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


PYTHON = """\
# pip install ai-edge-litert numpy opencv-python-headless
import sys

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter

NAMES = {names}
THRESHOLD = {threshold}  # a sign that is less probable is none of these

net = Interpreter(model_path="my_signs.tflite")
net.allocate_tensors()
given, answer = net.get_input_details()[0], net.get_output_details()[0]

# A picture of one hand and a little around it, as large as it can be in a square.
grey = cv2.imread(sys.argv[1], cv2.IMREAD_GRAYSCALE)
grey = cv2.resize(grey, (128, 128), interpolation=cv2.INTER_AREA)
net.set_tensor(given["index"], grey[None, :, :, None].astype(np.float32))
net.invoke()
shares = net.get_tensor(answer["index"])[0]
best = int(shares[:-1].argmax())
print(NAMES[best] if shares[best] >= THRESHOLD else "none of these", shares.round(3))
"""

JAVASCRIPT = """\
// npm install @litertjs/core; its folder "wasm" is served at /wasm/
import {{ loadAndCompile, loadLiteRt, Tensor }} from "@litertjs/core";

const NAMES = {names};
const THRESHOLD = {threshold}; // a sign that is less probable is none of these

await loadLiteRt("/wasm/");
const net = await loadAndCompile("my_signs.tflite", {{ accelerator: "wasm" }});

// An image, video or canvas of one hand and a little around it, as large as it can be in a square.
export async function sign(picture) {{
  const context = new OffscreenCanvas(128, 128).getContext("2d");
  context.drawImage(picture, 0, 0, 128, 128);
  const {{ data }} = context.getImageData(0, 0, 128, 128);
  const grey = Float32Array.from({{ length: 128 * 128 }}, (_, at) =>
    0.299 * data[4 * at] + 0.587 * data[4 * at + 1] + 0.114 * data[4 * at + 2]);
  const [answer] = await net.run(new Tensor(grey, [1, 128, 128, 1]));
  const shares = [...answer.toTypedArray()];
  const best = shares.indexOf(Math.max(...shares.slice(0, -1)));
  return {{ name: shares[best] >= THRESHOLD ? NAMES[best] : "none of these", shares }};
}}
"""


def usage(template: str, head: Head) -> str:
    """Twenty lines of Python or JavaScript that use the file ``my_signs.tflite``."""
    # Names are printable; Python reads the escapes of JSON beyond 16 bits as two halves.
    names = json.dumps(head.names, ensure_ascii=False)
    return template.format(names=names, threshold=round(head.threshold, 3))
