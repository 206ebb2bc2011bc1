"""The guards of macros, each taken out: name, file, what stands there, what then, the tests that notice. For tests/mutations.py."""

MACROS: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "a call leaves though its reply may still be taken back",
        "tillside/macros/planned.py",
        "if isinstance(one, LATE)] if reply.is_waiting else []",
        "if isinstance(one, LATE) and not reply.is_waiting]",
        "tests/macros/test_planned.py -k leaves_only",
    ),
    (
        "what a taken back reply was to do is done all the same",
        "tillside/macros/planned.py",
        'if await _take_away(tx, plan) and reply.state != "cancelled":',
        "if await _take_away(tx, plan):",
        "tests/macros/test_planned.py -k taking_it_back",
    ),
    (
        "a rule uses somebody's own macro",
        "tillside/macros/macro.py",
        "mine = \"owner_id = ''\" if agent_id is None else _MINE",
        'mine = "owner_id is not null" if agent_id is None else _MINE',
        "tests/macros/test_steps.py -k somebody_s_own",
    ),
    (
        "a step that was left out is done",
        "tillside/edges/agent/using.py",
        'wanted = visit.form.getlist("step")',
        "wanted = list(marked)",
        "tests/agent/test_macros.py -k left_out",
    ),
    (
        "a rule's macro takes a conversation's subject away",
        "tillside/macros/steps.py",
        "if not (isinstance(one, Subject) and talk.subject)]",
        "if True]",
        "tests/macros/test_steps.py -k subject",
    ),
    (
        "a missing value is sent as a hole",
        "tillside/macros/steps.py",
        "    if filled.missing:\n",
        "    if False:\n",
        "tests/macros/test_steps.py -k hole",
    ),
)
