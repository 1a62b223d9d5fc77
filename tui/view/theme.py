"""Colours. Each has a glyph or a word beside it on screen, so that nothing hangs on them."""

from textual.theme import Theme

THEME = Theme(
    name="conntop",
    primary="#5fafd7",
    secondary="#87afaf",
    accent="#5fd7d7",
    foreground="#d0d0d0",
    background="#101418",
    surface="#161b21",
    panel="#1d242c",
    success="#5faf5f",
    warning="#d7af5f",
    error="#ff5f5f",
    dark=True,
    variables={
        "muted": "#8a949e",
        "input-cursor-text-style": "reverse",
        "border": "#3a4650",
        "border-blurred": "#2b343c",
        "footer-background": "#1d242c",
        "footer-key-foreground": "#5fafd7",
        "footer-description-foreground": "#a8b0b8",
        "block-cursor-background": "#2f4a5f",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#26323c",
        "block-cursor-blurred-foreground": "#d0d0d0",
    },
)
"""Dark, calm, and readable in 256 colours; red is kept for what is lost."""

STATE_STYLES = {"live": "$success", "late": "$warning", "silent": "$error", "gone": "$error 70%"}
"""The colour of each state's word."""
