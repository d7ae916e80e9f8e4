"""Room codes: in codes drawn by the app a typing mistake is noticed."""

from sota_core.people.rooms import ALPHABET, is_drawn, new_room_code, room_code


def test_a_drawn_code_is_a_code_and_known_as_drawn() -> None:
    for _ in range(200):
        code = new_room_code()
        assert is_drawn(code) and room_code(code) == code


def test_every_slip_of_one_character_or_two_neighbours_is_noticed() -> None:
    for code in (new_room_code() for _ in range(20)):
        slips = {code[:i] + c + code[i + 1 :] for i in range(len(code)) for c in ALPHABET}
        slips |= {code[:i] + code[i + 1] + code[i] + code[i + 2 :] for i in range(len(code) - 1)}
        slips |= {code[:-1], code + "A", code[:-1] + "0", code.lower()}
        assert [slip for slip in slips - {code} if is_drawn(slip)] == []
