"""GGUF models without training: the real format, so that real loading and sampling run.

What they say means nothing.
"""

from pathlib import Path

import gguf
import numpy as np

SAID = (*"abcdef", '"')
CALL = "<tool_call>\n"  # tried now and then, by which a grammar gets its way
UNSAID = -20.0
END, BEGIN = "<|im_end|>", "<|im_start|>"
NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6

# Functions are described to it and called by it as the models of Qwen do.
TEMPLATE = (
    "{% if tools %}<|im_start|>system\n<tools>{% for tool in tools %}\n{{ tool | tojson }}"
    '{% endfor %}\n</tools>\nCall one as <tool_call>\n{"name": <name>, "arguments": <arguments>}\n'
    "</tool_call><|im_end|>\n{% endif %}{% for message in messages %}<|im_start|>{{ message.role }}"
    "\n{% if message.content is string %}{{ message.content }}{% endif %}"
    "{% if message.tool_calls %}{% for call in message.tool_calls %}\n<tool_call>\n"
    '{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}\n'
    "</tool_call>{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

WIDTH, WIDER, HEADS, LAYERS = 64, 96, 4, 2


def gguf_model(path: Path, *, ends: bool = True, controls: bool = True) -> Path:
    """A model of two layers that spells with a few letters; it `ends` soon, or never.

    Without `controls` its markers are called plain text.
    """
    tokens = [("<unk>", UNKNOWN)]
    tokens += [(marker, CONTROL if controls else NORMAL) for marker in (END, BEGIN)]
    tokens += [(text, NORMAL) for text in (*SAID, CALL)]
    tokens += [(f"<0x{byte:02X}>", BYTE) for byte in range(256)]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(4096)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(WIDER)
    writer.add_block_count(LAYERS)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list([text for text, _ in tokens])
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types([kind for _, kind in tokens])
    writer.add_unk_token_id(0)
    writer.add_eos_token_id(1)
    writer.add_bos_token_id(2)
    writer.add_add_bos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(TEMPLATE)
    _add_weights(writer, [text for text, _ in tokens], ends)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _liking(token: str, ends: bool) -> float:
    if token == END:
        return 0 if ends else UNSAID
    return 0.2 if token in SAID or token == CALL else UNSAID


def _add_weights(writer: gguf.GGUFWriter, tokens: list[str], ends: bool) -> None:
    random = np.random.default_rng(3)

    def add(name: str, *shape: int) -> None:
        values = random.normal(0, 1 / np.sqrt(shape[-1]), shape)
        writer.add_tensor(f"{name}.weight", values.astype(np.float32))

    def add_ones(name: str) -> None:
        writer.add_tensor(f"{name}.weight", np.ones(WIDTH, np.float32))

    # The first number of each token's embedding is the same and large, so that the first column
    # of the last matrix is a bias.
    embedding = random.normal(0, 0.3, (len(tokens), WIDTH))
    embedding[:, 0] = 8
    writer.add_tensor("token_embd.weight", embedding.astype(np.float32))
    output = random.normal(0, 0.05, (len(tokens), WIDTH))
    output[:, 0] = [_liking(token, ends) for token in tokens]
    writer.add_tensor("output.weight", output.astype(np.float32))
    add_ones("output_norm")
    for layer in range(LAYERS):
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            add(f"blk.{layer}.{name}", WIDTH, WIDTH)
        add(f"blk.{layer}.ffn_gate", WIDER, WIDTH)
        add(f"blk.{layer}.ffn_up", WIDER, WIDTH)
        add(f"blk.{layer}.ffn_down", WIDTH, WIDER)
        add_ones(f"blk.{layer}.attn_norm")
        add_ones(f"blk.{layer}.ffn_norm")
