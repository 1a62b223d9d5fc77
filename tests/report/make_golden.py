"""Write the golden files anew: ``python -m tests.report.make_golden``. Read the diff."""

from tests.report.samples import GOLDEN, GOLDEN_FILES

if __name__ == "__main__":
    for name, make in GOLDEN_FILES.items():
        (GOLDEN / name).write_text("".join(make()), encoding="utf-8")
