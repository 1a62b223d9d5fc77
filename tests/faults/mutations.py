"""The mutants: what is taken out of conntop, and which tests have to see that it is missing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutation:
    """One guard less."""

    name: str
    path: str
    """The file, from the project's folder."""
    old: str
    """Text that stands in it exactly once."""
    new: str
    tests: tuple[str, ...]
    """The tests that guard it, as pytest takes them."""


_API = "tui/source/console_api.py"
_API_TESTS = "tests/source/test_console_api.py"
_FAULTS = "tests/source/test_console_api_faults.py"

_KEY = "tui/config/key.py"
_KEY_TESTS = "tests/config/test_key.py"

MUTATIONS = (
    # Networks
    Mutation(
        "redirects on",
        "tui/source/client.py",
        'follow_redirects=False,\n            event_hooks={"response": [_stay_here]},',
        "follow_redirects=True,",
        (f"{_FAULTS}::test_a_redirect_is_not_followed_so_its_target_never_sees_the_key",),
    ),
    Mutation(
        "body cap off",
        _API,
        "if len(body) > most:",
        "if len(body) > most * 1_000_000:",
        ("tests/faults/test_bombs.py::test_memory_grows_by_less_than_150_mb[gzip]",),
    ),
    Mutation(
        "deadline off",
        _API,
        "asyncio.timeout(self._limits.total)",
        "asyncio.timeout(None)",
        (f"{_FAULTS}::test_many_deadlines_in_a_row_use_up_no_connection",),
    ),
    Mutation(
        "one bad record kills all",
        "tui/source/tolerant.py",
        "        return _read_one_by_one(array, unreadable, garbled)\n",
        "        from tui.source.wire_record import NotAnAnswerError\n\n"
        '        raise NotAnAnswerError("one record is bad") from None\n',
        ("tests/source/test_wire_hostile.py",),
    ),
    Mutation(
        "a sleep of our own is a failure of the link",
        _API,
        "if asleep or over < _ASLEEP",
        "if True",
        (f"{_API_TESTS}::test_to_be_stopped_while_it_asks_is_no_failure_of_the_link",),
    ),
    Mutation(
        "a sleep of our own is not marked",
        "tui/core/fold.py",
        "answer.lapse < LAPSE",
        "answer.lapse < 1e9",
        ("tests/faults/test_asleep.py",),
    ),
    Mutation(
        "an outage of ours drops the fleet",
        "tui/core/fold.py",
        "fleet, outage=Outage(",
        "fleet, tracked={}, outage=Outage(",
        ("tests/screens/test_honesty.py",),
    ),
    Mutation(
        "a cut answer proves absence",
        "tui/core/fold.py",
        "if not answer.proves_absent(one.connection_id):",
        "if answer is None:",
        ("tests/core/test_fold.py",),
    ),
    Mutation(
        "a client that met a cancellation is used again",
        "tui/source/client.py",
        "                self._present = self._make()\n",
        "                pass\n",
        ("tests/faults/test_cancelled.py",),
    ),
    Mutation(
        "certificates are not looked at",
        "tui/source/client.py",
        "return httpx.create_ssl_context(trust_env=not endpoint.loopback)",
        "return httpx.create_ssl_context(verify=False)",
        ("tests/faults/test_tls.py::test_a_certificate_is_bad_from_the_start",),
    ),
    Mutation(
        "Retry-After is not kept",
        "tui/source/retry.py",
        "if failure.retry_after is not None and failure.retry_after > 0:",
        "if failure.retry_after is None:",
        ("tests/faults/test_refusals.py::test_429_with_any_retry_after",),
    ),
    Mutation(
        "no time that is too late to try again",
        "tui/source/retry.py",
        "ceiling = min(2 * every,",
        "ceiling = min(50 * every,",
        ("tests/source/test_retry.py",),
    ),
    # The key
    Mutation(
        "a refused key is kept",
        _API,
        "            if error.trouble is Trouble.KEY:\n                self._key = None",
        "            if error.trouble is Trouble.KEY:\n                pass",
        (f"{_API_TESTS}::test_a_refused_key_is_read_again_and_a_good_one_is_not",),
    ),
    Mutation(
        "any key is sent",
        _API,
        "if not (key.isascii() and key.isprintable()):",
        "if not key:",
        (f"{_API_TESTS}::test_a_key_that_no_header_can_carry_is_refused_without_being_shown",),
    ),
    Mutation(
        "what the server says of the key is shown",
        "tui/source/errors.py",
        'return text.replace(secret, "•••") if secret else text',
        "return text",
        (f"{_API_TESTS}::test_a_server_that_says_the_key_aloud_does_not_get_it_into_the_sentence",),
    ),
    Mutation(
        "a key file may be read by others",
        _KEY,
        "if mode & 0o077:",
        "if mode & 0o000:",
        (f"{_KEY_TESTS}::test_a_file_that_others_may_touch_is_refused",),
    ),
    # The terminal
    Mutation(
        "the crash screen of the library",
        "tui/view/terminal_app.py",
        "    def _fatal_error(self) -> None:\n        self._close_messages_no_wait()\n",
        "",
        ("tests/faults/test_crash.py::test_a_mistake_in_the_screen_gives_the_terminal_back",),
    ),
    Mutation(
        "a mistake ends well",
        "tui/__main__.py",
        "        tell(error)\n        return 1\n",
        "        tell(error)\n        return 0\n",
        ("tests/faults/test_crash.py",),
    ),
    Mutation(
        "SIGTERM and SIGHUP are not heard",
        "tui/view/ending.py",
        "_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)",
        "_SIGNALS = (signal.SIGINT,)",
        ("tests/pty/test_endings.py::test_a_signal_ends_it",),
    ),
    # Texts
    Mutation(
        "sanitiser off",
        "tui/core/safe.py",
        'return "".join(_each(text, instead_of_mark=""))',
        "return text",
        ("tests/faults/test_inputs_screens.py",),
    ),
    Mutation(
        "C1 and what is invisible is let through",
        "tui/core/safe.py",
        'if category[0] == "C" or',
        'if char < " " or',
        ("tests/faults/test_inputs_exports.py::test_nothing_acts_on_a_terminal",),
    ),
    Mutation(
        "JSON has words of its own",
        "tui/core/records.py",
        "allow_nan=False",
        "allow_nan=True",
        (
            "tests/faults/test_inputs_exports.py::test_what_json_has_no_word_for_is_null_in_an_export",
        ),
    ),
    Mutation(
        "live formulas",
        "tui/core/safe.py",
        """return f"'{value}" if""",
        "return value if",
        (
            "tests/faults/test_inputs_exports.py::"
            "test_csv_gives_back_what_was_served_and_no_formula",
        ),
    ),
    # Alerts
    Mutation(
        "alarms by our own blindness",
        "tui/core/alerts.py",
        "    if fleet.last is None or fleet.is_blind:\n",
        "    if fleet.last is None:\n",
        (
            "tests/core/test_alerts.py::"
            "test_time_stands_still_while_we_are_blind_and_goes_on_after_a_short_while",
        ),
    ),
    Mutation(
        "who left while nobody looked has dropped",
        "tui/core/alert_reading.py",
        "return one.state is State.GONE and not one.final and one.gone_at in self.unwitnessed",
        "return False",
        (
            "tests/core/test_alerts.py::"
            "test_who_left_while_we_were_blind_only_seems_to_have_dropped_together",
        ),
    ),
    Mutation(
        "a command is given the key",
        "tui/alert/command.py",
        "for name, text in os.environ.items() if name not in self._hidden}",
        "for name, text in os.environ.items()}",
        ("tests/alert/test_command.py::test_it_is_told_all_and_no_secret",),
    ),
    Mutation(
        "a library logs the webhook's address",
        "tui/alert/posting.py",
        'logging.getLogger("httpx").setLevel(logging.WARNING)',
        'logging.getLogger("httpx").setLevel(logging.INFO)',
        ("tests/alert/test_webhook.py::test_three_tries_are_enough",),
    ),
)
