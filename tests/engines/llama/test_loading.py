"""How llama.cpp is set up, and what it complains of; that it loads, test_model.py shows."""

from msgspec import structs

from repartee.engines.llama.loading import _parameters, _reason
from repartee.engines.llama.wire import Options

OPTIONS = Options(
    model="tiny.gguf",
    context=1000,
    at_once=3,
    threads=2,
    gpu_layers=0,
    batch=64,
    cache_mib=16,
    chat_template="",
)


def test_each_answer_has_its_own_context() -> None:
    params = _parameters(OPTIONS, "unused.sock")
    assert (params.n_ctx, params.n_parallel, params.kv_unified) == (3000, 3, False)


def test_a_template_and_a_seed_are_set_only_where_they_are_given() -> None:
    plain = _parameters(OPTIONS, "unused.sock")
    own = _parameters(structs.replace(OPTIONS, chat_template="{{ 1 }}", seed=7), "unused.sock")
    assert (plain.chat_template, own.chat_template) == ("", "{{ 1 }}")
    assert plain.sampling.seed != own.sampling.seed == 7


def test_the_first_complaint_that_tells_something_is_the_reason() -> None:
    said = (
        "0.00.387.000 E llama_model_load_from_file_impl: failed to load model\n"
        "0.00.387.846 E llama_model_load: error loading model: it is corrupted or incomplete\n"
        "0.00.387.978 E cmn  common_init_: something follows from that\n"
    )
    assert _reason(said) == "it is corrupted or incomplete"


def test_no_complaint_is_told_as_that() -> None:
    assert "does not say why" in _reason("0.00.1 I llama_model_load: all is well\n")
