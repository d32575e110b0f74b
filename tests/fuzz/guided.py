"""Coverage-guided fuzzing of one target: `python -m tests.fuzz.guided TARGET [options of libFuzzer] [files to try again]`.

Inputs that reach something new are kept in `.cache/fuzz/TARGET/corpus` for the next run. One that fails is written beside it.
"""

import os
import sys
import tempfile
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".cache" / "fuzz"
MEMORY = Path("/dev/shm")  # noqa: S108 - quicker than a disk, where there is one
INSTRUMENTED = ["idp", "jwt", "joserfc"]
SLOWEST = 30  # seconds for one input: a regular expression that never ends is a finding
LONGEST = 8192  # bytes


def main() -> int:
    """Fuzz in a process of its own, since libFuzzer ends the process that it runs in; return its status."""
    name, *options = sys.argv[1:]
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as directory:
        child = os.fork()
        if child == 0:
            fuzz(name, options, Path(directory))
            os._exit(0)
        _pid, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def fuzz(name: str, options: list[str], directory: Path) -> None:
    """Fuzz a target until an option says that it is enough, or until something is found."""
    with atheris.instrument_imports(include=INSTRUMENTED):
        from tests.fuzz import targets
        from tests.generated.stage import open_stage
        from tests.support import applications

        applications.compile_once()
        opened = open_stage(directory)
        stage = opened.__enter__()
    corpus = KEPT / name / "corpus"
    beginning = directory / "seeds"
    for folder in (corpus, beginning):
        folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(targets.seeds(stage, name)):
        (beginning / str(number)).write_bytes(seed)
    dictionary = directory / "words"
    dictionary.write_text("".join(f'"{_escape(word)}"\n' for word in dict.fromkeys(targets.words(name)) if word))
    target = targets.TABLE[name]
    limits = [
        f"-timeout={SLOWEST}",
        f"-max_len={LONGEST}",
        "-rss_limit_mb=4096",
        f"-artifact_prefix={KEPT / name}/",
        f"-dict={dictionary}",
    ]
    again = [option for option in options if not option.startswith("-")]
    folders = [] if again else [str(corpus), str(beginning)]
    atheris.Setup([sys.argv[0], *limits, *options, *folders], lambda data: target(stage, data))
    atheris.Fuzz()


def _escape(word: str) -> str:
    """Write a word as libFuzzer's dictionaries do."""
    return "".join(chr(b) if 32 <= b < 127 and chr(b) not in '"\\' else f"\\x{b:02X}" for b in word.encode())


if __name__ == "__main__":
    sys.exit(main())
