"""Words of visitors on pages."""

from ui.wording import as_text


def test_a_visitors_words_are_no_markdown() -> None:
    assert as_text("thumb up, 👍") == "thumb up, 👍"
    assert as_text("[a](b) :material/x: $1$ <b>") == (r"\[a\]\(b\) \:material/x\: \$1\$ \<b\>")
