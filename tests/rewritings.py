"""Files changed and put together again, from a seed: what is odd in them is no damage to their encoding."""

import random
from collections.abc import Callable, Iterator

from shared.dicom.dictionary import _entries, sop_classes
from shared.dicom.scan import LONG_VRS, SHORT_VRS
from tests.rewritten import Node, Rewritten

#: of elements without items
_VRS = sorted((LONG_VRS | SHORT_VRS) - {"SQ"})
_DICTIONARY = sorted((tag, entry.vr) for tag, entry in _entries().items() if tag >> 16 >= 8)
_SEQUENCES = [tag for tag, vr in _DICTIONARY if vr == "SQ"]
_SOP_CLASSES = sorted(sop_classes())
_CREATORS = (
    b"SIEMENS MR HEADER",
    b"GEMS_PARM_01",
    b"Philips PET Private Group",
    b"ANYBODY",
    b"",
    b"\xff\\\xfe",
)
_CHARACTER_SETS = (
    b"ISO_IR 192",
    b"GB18030",
    b"\\ISO 2022 IR 87",
    b"\\ISO 2022 IR 149",
    b"ISO 2022 IR 6\\ISO 2022 IR 999",
    b"ISO-2022-JP",
    b"ISO8859-1\\ISO_IR_100",
    b"utf-7",
    b"\xff\xfe\\\x1b",
    b"\\\\\\\\",
    b"",
)
_VALUES = (
    b"",
    b" ",
    b"\0",
    b"1",
    b"\\",
    b"\\\\1.2.840.10008.1.2\\",
    b"1.2.3",
    b"20200229",
    b"2020.02.29",
    b"2020",
    b"20200229101530.123456+1400",
    b"00010101",
    b"99991231",
    b"101530",
    b"095Y",
    b"95",
    b"Quarrington^Zebulon=\xb2\xe2\xca\xd4=",
    b"MRN-4711-0815",
    b"quarrington.zebulon@example.org",
    b"\x1b$)C\xb1\xe8\xc8\xf1\xc1\xdf^\x1b(J\xd4\xcf",
    b"\x83\x36\xc7\x38\x83\x36\xc7\x38",
    b"\xed\xa0\x80\xed\xb0\x80",
    b"TEXT",
    b"PNAME ",
    b"113870",
    b"DCM ",
    b"SCT ",
    b"CONTAINS",
    b"\0\1\2\3\4\5\6\7",
)


class Rewriter:
    """Changes a tree at random; every method makes one change."""

    def __init__(self, tree: Rewritten, rng: random.Random) -> None:
        """Take the tree and what decides."""
        self.tree = tree
        self._rng = rng

    def change(self) -> None:
        """Make one change."""
        self._rng.choice(_CHANGES)(self)

    def _level(self) -> list[Node]:
        """Any level, the top one often."""
        levels = [self.tree.nodes]
        if self._rng.random() < 0.6:
            levels += _levels(self.tree.nodes)
        return self._rng.choice(levels)

    def _node(self) -> Node | None:
        level = self._level()
        return self._rng.choice(level) if level else None

    def _leaf(self) -> Node:
        """A new element without items, often one that the Standard defines, in its VR or in another."""
        tag, vr = self._rng.choice(_DICTIONARY)
        if self._rng.random() < 0.2:
            tag = self._rng.choice(
                [0x00091001, 0x00431039, 0x60003000, 0x50003000, 0x00080001, tag | 0x10000]
            )
        if self._rng.random() < 0.3 or vr == "SQ":
            vr = self._rng.choice(_VRS)
        return Node(tag, vr, self._value(vr))

    def _value(self, vr: str) -> bytes:
        value = self._rng.choice([*_VALUES, self._rng.randbytes(self._rng.randrange(40))])
        if self._rng.random() < 0.1:
            value = b"\\".join([value] * self._rng.choice([2, 30, 2000]))
        if vr not in LONG_VRS:
            value = value[:0xFFFE]
        return value + b" " * (len(value) % 2)

    def put(self) -> None:
        """Put an element into a level at its place, or anywhere."""
        level, node = self._level(), self._leaf()
        self._place(level, node)

    def _place(self, level: list[Node], node: Node) -> None:
        level[:] = [each for each in level if each.tag != node.tag or self._rng.random() < 0.05]
        level.append(node)
        if self._rng.random() < 0.9:
            level.sort(key=lambda one: one.tag)
        else:
            self._rng.shuffle(level)

    def put_sequence(self) -> None:
        """Put a sequence of some items, or of very many, into a level."""
        tag = self._rng.choice([*_SEQUENCES, 0x00091002, 0x00081234])
        count = self._rng.choice([0, 1, 1, 3, 3, 3, 400])
        items = [[self._leaf() for _ in range(self._rng.randrange(4))] for _ in range(count)]
        for item in items:
            item.sort(key=lambda one: one.tag)
        vr = self._rng.choice(["SQ", "SQ", "SQ", "UN"])
        node = Node(tag, vr, items=items, undefined=vr == "UN" or self._rng.random() < 0.5)
        node.open_items = self._rng.random() < 0.5
        self._place(self._level(), node)

    def put_private(self) -> None:
        """Put a private block into a level, whose creator may be anything."""
        level, group = self._level(), self._rng.choice([0x0009, 0x0019, 0x0043, 0x7053, 0x60FF])
        block = self._rng.choice([0x10, 0x11, 0x42, 0xFF])
        creator = self._rng.choice(_CREATORS)
        vr = self._rng.choice(["LO", "LO", "LO", "UN", "FD", "UT"])
        self._place(level, Node(group << 16 | block, vr, creator + b" " * (len(creator) % 2)))
        for _ in range(self._rng.randrange(4)):
            leaf = self._leaf()
            leaf.tag = group << 16 | block << 8 | self._rng.choice([0x00, 0x01, 0x0C, 0x39, 0xFF])
            self._place(level, leaf)

    def put_character_set(self) -> None:
        """Declare a character set at any level."""
        value = self._rng.choice(_CHARACTER_SETS)
        self._place(self._level(), Node(0x00080005, "CS", value + b" " * (len(value) % 2)))

    def change_value(self) -> None:
        """Give an element another value."""
        node = self._node()
        if node is not None and node.items is None:
            node.value, node.undefined = self._value(node.vr), False

    def change_vr(self) -> None:
        """Give an element another VR."""
        node = self._node()
        if node is not None and node.items is None:
            node.vr, node.undefined = self._rng.choice(_VRS), False
            if node.vr not in LONG_VRS:
                node.value = node.value[:0xFFFE]

    def change_tag(self) -> None:
        """Give an element another tag."""
        level = self._level()
        if level:
            node = self._rng.choice(level)
            level.remove(node)
            node.tag = self._rng.choice(_DICTIONARY)[0]
            self._place(level, node)

    def remove(self) -> None:
        """Leave an element out."""
        level = self._level()
        if level:
            level.remove(self._rng.choice(level))

    def change_class(self) -> None:
        """Make it an object of another SOP Class."""
        value = self._rng.choice(_SOP_CLASSES).encode()
        self._place(self.tree.nodes, Node(0x00080016, "UI", value + b"\0" * (len(value) % 2)))

    def move_inside(self) -> None:
        """Put a copy of an element into an item of a sequence, or into one of the content of a report."""
        node = self._node()
        if node is not None:
            tag = self._rng.choice([*_SEQUENCES, 0x0040A730, 0x0040A730, 0x00700001])
            self._place(
                self._level(), Node(tag, "SQ", items=[[node.copy()]], undefined=True, open_items=True)
            )

    def move_behind(self) -> None:
        """Put an element behind Pixel Data."""
        if self.tree.tail and self.tree.nodes:
            node = self._rng.choice(self.tree.nodes)
            self.tree.nodes.remove(node)
            self.tree.behind.append(node)

    def deepen(self) -> None:
        """Put an element into many sequences."""
        node = self._node()
        if node is not None:
            inner = node.copy()
            for _ in range(self._rng.choice([2, 8, 31, 32, 33])):
                inner = Node(
                    self._rng.choice([0x0040A730, 0x00081140]), "SQ", items=[[inner]], undefined=True
                )
            self._place(self.tree.nodes, inner)


_CHANGES: tuple[Callable[[Rewriter], None], ...] = (
    Rewriter.put,
    Rewriter.put,
    Rewriter.put_sequence,
    Rewriter.put_private,
    Rewriter.put_character_set,
    Rewriter.change_value,
    Rewriter.change_vr,
    Rewriter.change_tag,
    Rewriter.remove,
    Rewriter.change_class,
    Rewriter.move_inside,
    Rewriter.move_behind,
    Rewriter.deepen,
)


def _levels(nodes: list[Node]) -> Iterator[list[Node]]:
    for node in nodes:
        for item in node.items or ():
            yield item
            yield from _levels(item)


def rewritings(content: bytes, seed: str, count: int) -> Iterator[bytes]:
    """Yield changed copies of a file that can be read, the same for the same seed."""
    rng = random.Random(seed)
    original = Rewritten.of(content)
    for _ in range(count):
        rewriter = Rewriter(original.copy(), rng)
        for _ in range(rng.choice([1, 2, 4, 8])):
            rewriter.change()
        yield rewriter.tree.content()
