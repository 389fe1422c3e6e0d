"""The tutorial's commands do what it says."""

from __future__ import annotations

from pathlib import Path

from tests.kit.tutorial import reader


def test_the_tutorial_can_be_followed(tmp_path: Path) -> None:
    with reader(tmp_path) as pat:
        assert pat.follow().code == 0
        asked = pat.follow().text
        pushed = pat.follow()
        assert pushed.code == 0
        assert [line[4:] for line in asked.splitlines() if line.startswith("    git ")] == pat.done

        doctor = pat.follow()
        assert doctor.code == 1
        assert "error    main has no backend but a local file" in doctor.text
        assert "error    devops can be merged into without the check" in doctor.text

        assert pat.follow().code == 0
        assert pat.run_for("opened").outputs["result"] == "planned"
        planning, planned = pat.texts(1)
        assert ("Planning" in planning, "1 to create" in planned) == (True, True)
        green = dict.fromkeys(("gitops-bot: plan devops", "gitops-bot: promotion devops"), "success")
        assert green == pat.checks(pat.head("first"))

        assert pat.follow().code == 0
        assert pat.run_for("opened").outputs["result"] == "blocked"
        assert "SKIPS_ENVIRONMENT" in pat.comments(2)[0]
        assert pat.checks(pat.head("second"))["gitops-bot: promotion staging"] == "failure"
        pat.hub.close(2)
        pat.run_for("closed")
        assert "nothing of this was applied" in pat.comments(2)[0]
        assert list(pat.blocks) == []
