"""Silero VAD v6.2 (16 kHz): tells speech from everything else, in numpy, many sessions at once.

The net is Silero Team's (MIT) and its numbers are those of the ONNX file in their wheel; the
arithmetic here gives the same probabilities within 1e-5.  One frame goes through

    64 samples of context, 512 new, 64 mirrored
      -> the magnitudes of 4 spectra of 256 samples, one every 128
      -> 4 convolutions over time, down to one vector of 128 features
      -> an LSTM of 128 cells -> the probability of speech

A batch is n sessions side by side, and every layer one matrix product for all of them.  That is
what makes a batch several times cheaper than its frames one by one: most of the time of a single
frame goes into reading the weights.
"""

from pathlib import Path

import numpy as np

from repartee.engines.protocols import Frames

WEIGHTS = Path(__file__).with_name("data") / "silero_vad_16k.npz"

FRAME = 512  # samples: 32 ms
CONTEXT = 64  # samples of the frame before, which the net sees again
CELLS = 128
WINDOW = 256  # samples of one spectrum
STEP = 128  # samples from one spectrum to the next
BLOCK = 32  # streams judged in one go: more would leave the processor's cache
LAYERS = ((4, 1), (4, 2), (2, 2), (1, 1))  # (steps in, stride) of each convolution


class SileroVad:
    """Tells speech from everything else: Silero VAD v6.2, the 16 kHz net, in numpy.

    It keeps nothing, so one serves everybody.  A stream's state is the LSTM's output, its cells,
    and the context, in this order.  If it is `gated`, it is not shown plain, even quiet: that
    halves what a silent user costs, and a beginning of speech in a hundred is found a little later.
    """

    licence = "MIT (code and weights, Silero Team)"
    state_size = 2 * CELLS + CONTEXT

    def __init__(self, gated: bool = False) -> None:
        self.gated = gated
        with np.load(WEIGHTS, allow_pickle=False) as file:
            weights = {name.removeprefix("model."): file[name] for name in file.files}
        self._encoder = [
            _Convolution(
                weights[f"encoder.{layer}.reparam_conv.weight"],
                weights[f"encoder.{layer}.reparam_conv.bias"],
                steps,
                stride,
            )
            for layer, (steps, stride) in enumerate(LAYERS)
        ]
        self._memory = _Lstm(
            np.hstack([weights["decoder.rnn.weight_ih"], weights["decoder.rnn.weight_hh"]]),
            weights["decoder.rnn.bias_ih"] + weights["decoder.rnn.bias_hh"],
        )
        self._verdict = weights["decoder.decoder.2.weight"].reshape(CELLS) / 2
        self._verdict_bias = weights["decoder.decoder.2.bias"] / 2
        # The net's own Fourier matrix is a DFT times this window (periodic Hann) to 1e-7.
        turn = np.arange(WINDOW) * (2 * np.pi / WINDOW)
        self._window = (0.5 - 0.5 * np.cos(turn)).astype(np.float32)

    def __call__(self, frames: Frames, states: Frames) -> tuple[Frames, Frames]:
        """Judge the next frame of each of n streams; see `protocols.Vad`."""
        count = len(frames)
        if count == 1:
            # A lone frame has company, for BLAS multiplies a vector by other rules than a matrix:
            # its probability would depend, in the sixth place, on how many listen.
            probabilities, after = self(frames.repeat(2, axis=0), states.repeat(2, axis=0))
            return probabilities[:1], after[:1]
        probabilities = np.empty(count, np.float32)
        after = np.empty((count, self.state_size), np.float32)
        parts = -(-count // BLOCK)
        for part in range(parts):
            rows = slice(count * part // parts, count * (part + 1) // parts)
            probabilities[rows] = self._judge(frames[rows], states[rows], after[rows])
        return probabilities, after

    def _judge(self, frames: Frames, before: Frames, after: Frames) -> Frames:
        """Give the probabilities; write the new states to `after`."""
        features = self._magnitudes(before[:, 2 * CELLS :], frames)
        for convolve in self._encoder:
            features = convolve(features)
        output = self._memory(features, before[:, : 2 * CELLS], after[:, : 2 * CELLS])
        after[:, 2 * CELLS :] = frames[:, -CONTEXT:]
        verdict = np.maximum(output, 0) @ self._verdict
        verdict += self._verdict_bias
        return _sigmoid_from_tanh(np.tanh(verdict, out=verdict))

    def _magnitudes(self, context: Frames, frames: Frames) -> Frames:
        """Four overlapping spectra of each frame, one after the other: [n, 4 * 129]."""
        count = len(frames)
        samples = np.empty((count, CONTEXT + FRAME + CONTEXT), np.float32)
        samples[:, :CONTEXT] = context
        samples[:, CONTEXT:-CONTEXT] = frames
        samples[:, -CONTEXT:] = samples[:, -CONTEXT - 2 : -2 * CONTEXT - 2 : -1]
        steps = samples.reshape(count, -1, STEP)  # a window is two steps long
        windows = np.empty((count, 4, WINDOW), np.float32)
        np.multiply(steps[:, :-1], self._window[:STEP], out=windows[:, :, :STEP])
        np.multiply(steps[:, 1:], self._window[STEP:], out=windows[:, :, STEP:])
        return np.abs(np.fft.rfft(windows)).reshape(count, -1)


class _Convolution:
    """A convolution three steps wide over a few steps of time, padded with zeros; then a ReLU.

    The steps of a frame lie side by side: [n, steps * inputs] -> [n, steps / stride * outputs].
    What the kernel would multiply with padding is left out.
    """

    def __init__(self, weight: Frames, bias: Frames, steps: int, stride: int) -> None:
        outputs, inputs, width = weight.shape
        kernel = np.ascontiguousarray(weight.transpose(2, 1, 0)).reshape(width * inputs, outputs)
        self._parts: list[tuple[slice, Frames, slice]] = []
        for step, centre in enumerate(range(0, steps, stride)):
            first, end = max(centre - 1, 0), min(centre + 2, steps)
            taps = slice((first - centre + 1) * inputs, (end - centre + 1) * inputs)
            seen = slice(first * inputs, end * inputs)
            self._parts.append((seen, kernel[taps], slice(step * outputs, (step + 1) * outputs)))
        self._bias = np.tile(bias, len(self._parts))

    def __call__(self, steps: Frames) -> Frames:
        result = np.empty((len(steps), len(self._bias)), np.float32)
        for seen, kernel, told in self._parts:
            np.matmul(steps[:, seen], kernel, out=result[:, told])
        result += self._bias
        return np.maximum(result, 0, out=result)


class _Lstm:
    """One step of an LSTM; its weights come in PyTorch's order: input, forget, candidate, output.

    The gates' sigmoids are made of tanh, so that one call serves them and the candidate; halving
    their arguments is done in the weights, where it costs nothing and rounds nothing.
    """

    def __init__(self, weight: Frames, bias: Frames) -> None:
        take, keep, candidate, show = np.arange(4 * CELLS).reshape(4, CELLS)
        order = np.concatenate([take, keep, show, candidate])
        halves = np.where(order // CELLS == 2, 1, 0.5).astype(np.float32)
        self._weight = np.ascontiguousarray((weight[order] * halves[:, None]).T)
        self._bias = bias[order] * halves

    def __call__(self, features: Frames, before: Frames, after: Frames) -> Frames:
        """Write output and cells to `after`, from those in `before`; return the output."""
        inputs = np.empty((len(features), 2 * CELLS), np.float32)
        inputs[:, :CELLS] = features
        inputs[:, CELLS:] = before[:, :CELLS]
        gates = inputs @ self._weight
        gates += self._bias
        np.tanh(gates, out=gates)
        _sigmoid_from_tanh(gates[:, : 3 * CELLS])
        take, keep = gates[:, :CELLS], gates[:, CELLS : 2 * CELLS]
        show, candidate = gates[:, 2 * CELLS : 3 * CELLS], gates[:, 3 * CELLS :]
        output, cells = after[:, :CELLS], after[:, CELLS:]
        np.multiply(keep, before[:, CELLS:], out=cells)
        cells += np.multiply(take, candidate, out=candidate)
        np.tanh(cells, out=output)
        output *= show
        return output


def _sigmoid_from_tanh(halved: Frames) -> Frames:
    """Turn tanh(x / 2) into sigmoid(x) = (1 + tanh(x / 2)) / 2, in place.

    Unlike 1 / (1 + exp(-x)) it overflows for no x.
    """
    halved *= 0.5
    halved += 0.5
    return halved
