"""Train a small base language model from scratch, on text that is on every machine with Python.

The text is the standard library's own documentation strings and licence, as they are, and worksheets made from them:
what a function does, in the words of its docstring, as tasks, responses and judgements in the layout that the pipeline
uses, since a model this small follows none that it has not seen. What comes out is an ordinary folder without a chat
template. It can spell, keep a layout and end a piece; it knows and can do next to nothing, and numbers from it only
show that the steps work.

    assay run --out models/base -- python make_base.py models/base

About two minutes on two cores. `--text PATH` adds text files of your own.
"""

import argparse
import ast
import random
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from assay.pipeline.prompts import ANSWER, END, INSTRUCTION, NO, TASK, YES, cue

EOS = "<|endoftext|>"
VOCABULARY, CONTEXT, BLOCK, PAGE = 2048, 2048, 256, 6
LEFT_OUT = {"test", "tests", "idlelib", "lib2to3", "site-packages", "__pycache__", "turtledemo", "ensurepip"}


def documented(library: Path) -> Iterator[tuple[str, str, str]]:
    """(module, name, docstring) of every documented thing in the library's sources; the module itself has no name."""
    for path in sorted(library.rglob("*.py")):
        if LEFT_OUT & set(path.relative_to(library).parts):
            continue
        module = ".".join(path.relative_to(library).with_suffix("").parts).removesuffix(".__init__")
        try:
            tree = ast.parse(path.read_text("utf-8"))
        except (SyntaxError, UnicodeDecodeError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and (text := ast.get_docstring(node)):
                yield module, getattr(node, "name", ""), text


def exercises(entries: list[tuple[str, str, str]], rng: random.Random) -> list[tuple[str, str]]:
    """Tasks with their responses, made from names and the first lines of docstrings, in random order."""
    lines = [(module, name, text.split("\n")[0].strip()) for module, name, text in entries if name]
    public = [one for one in lines if not one[1].startswith("_") and 20 < len(one[2]) < 90 and one[2].endswith(".")]
    by_module: dict[str, list[str]] = {}
    for module, name, _ in public:
        by_module.setdefault(module, []).append(name)
    made = []
    for module, name, text in public:
        names = by_module[module]
        other = rng.choice(public)[1]
        numbered = "\n".join(f"{number}. {one}" for number, one in enumerate(names[:2], 1))
        made += [
            (f"Say what {name} of the module {module} does.", text),
            (f"Describe the purpose of {name} in one sentence.", text),
            (f"In which module is {name}?", f"It is in the module {module}."),
            (f"What is described here: {text}", f"This describes {name}."),
            (f"Is {other} in the module {module}? Answer yes or no.", "Yes." if other in names else "No."),
            (f"List three names of the module {module}.", ", ".join(rng.sample(names, min(3, len(names)))) + "."),
            (f"Write a numbered list of two names in {module}.", numbered),
        ]
    rng.shuffle(made)
    return made


def worksheets(made: list[tuple[str, str]], rng: random.Random) -> Iterator[str]:
    """Pages of tasks, of tasks with responses, and of responses judged, laid out as the pipeline asks for them."""
    for start in range(0, len(made) - PAGE, PAGE):
        page = made[start : start + PAGE]
        yield "".join(f"{cue(task)} {response}\n{END}\n\n" for task, response in page)
        if start % (4 * PAGE) == 0:
            yield "".join(f"{TASK} {task}\n{END}\n\n" for task, _ in page)
        else:
            yield "".join(judged(task, right, rng.choice(made)[1], rng) for task, right in page)


def judged(task: str, right: str, other: str, rng: random.Random) -> str:
    """One response approved of or not, or two compared; what is wrong is off the task, cut off, shouted or refused."""
    wrong = rng.choice((other, right[: len(right) // 2], right.upper(), "I cannot answer this question."))
    swapped = rng.random() < 0.5
    letter = "B" if swapped else "A"
    if rng.random() < 0.5:
        first, second = (wrong, right) if swapped else (right, wrong)
        return f"{INSTRUCTION} {task}\nA: {first}\nB: {second}\n{ANSWER} {letter}\n\n"
    is_right = rng.random() < 0.7
    first, second = (NO, YES) if swapped == is_right else (YES, NO)
    return f"{cue(task)} {right if is_right else wrong}\nA: {first}\nB: {second}\n{ANSWER} {letter}\n\n"


def make_tokenizer(texts: list[str]) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer of these texts, whose only special token is the end of a text."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=[EOS], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=EOS)


def make_model(tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """A Llama with random weights, small enough for two cores."""
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
    )
    return LlamaForCausalLM(config)


def main() -> None:
    """Read the text, train tokenizer and model on it, and write the folder."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("output", type=Path)
    parser.add_argument("--text", type=Path, nargs="*", default=[], help="text files to learn from as well")
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--seed", type=int, default=42)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    torch.manual_seed(given.seed)

    library = Path(sysconfig.get_path("stdlib"))
    entries = list(documented(library))
    texts = [text for _, _, text in entries if len(text) > 80]
    texts += [path.read_text("utf-8") for path in (library / "LICENSE.txt", *given.text) if path.exists()]
    texts += worksheets(exercises(entries, rng), rng)
    rng.shuffle(texts)
    tokenizer = make_tokenizer(texts)
    ids = torch.tensor([id for text in tokenizer(texts).input_ids for id in (*text, tokenizer.eos_token_id)])
    blocks = ids[: len(ids) // BLOCK * BLOCK].view(-1, BLOCK)
    model = make_model(tokenizer)
    print(f"{len(ids):,} tokens of text, {sum(weight.numel() for weight in model.parameters()):,} weights")

    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.1)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=given.steps, pct_start=0.05)
    for step in range(given.steps):
        batch = blocks[torch.randint(len(blocks), (given.batch_size,))]
        loss = model(input_ids=batch, labels=batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
        if step % 100 == 0 or step == given.steps - 1:
            print(f"step {step}: loss {loss.item():.3f}", flush=True)
    model.save_pretrained(given.output)
    tokenizer.save_pretrained(given.output)


if __name__ == "__main__":
    main()
