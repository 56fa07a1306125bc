"""Whether a pause is the end, judged by smart-turn: a net that listens to how it was said."""
