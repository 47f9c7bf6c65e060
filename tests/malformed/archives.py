"""Malformed archives."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile

from grader.isolation.archives import MOST_PACKED, MOST_UNPACKED
from grader.isolation.intake import MOST_BYTES
from grader.isolation.sources import MOST_ENTRIES
from tests.handed_in import FILES, members, zipped

from . import row

# An archive that cannot be used.


def file(name, data):
    def build(root):
        path = root / name
        path.write_bytes(data() if callable(data) else data)
        return path

    return build


def zip_of(found=None):
    return zipped(io.BytesIO(), members() if found is None else found).getvalue()


def tar_of(found=None, **options):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", **options) as archive:
        for name, data in members() if found is None else found:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = info.size or len(data)
            archive.addfile(info, io.BytesIO(data) if data else None)
    return out.getvalue()


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 255]) + data[at + 1 :]


def bomb():
    return gzip.compress(bytes(MOST_UNPACKED + 1), 1)


def hungry():
    """An xz whose reader would have to keep 1.5 GiB of what went before."""
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 4096}]
    data = bytearray(lzma.compress(tar_of(), check=lzma.CHECK_NONE, filters=filters))
    at = data.index(b"\x21\x01") + 2  # the filter, the length of its settings, the dictionary
    data[at] = 39
    header = data[12 : 12 + (data[12] + 1) * 4 - 4]
    data[12 + len(header) : 16 + len(header)] = struct.pack("<I", zipfile.crc32(header))
    return bytes(data)


def spoilt_tar(field, value, which=0, good=True):
    """A tar with one field of one header changed, under a checksum that is right."""
    data = bytearray(tar_of())
    at = which * 1024
    data[at + field : at + field + len(value)] = value
    data[at + 148 : at + 156] = b" " * 8
    total = sum(data[at : at + 512]) if good else 0
    data[at + 148 : at + 156] = b"%06o\0 " % total
    return bytes(data)


def pax(record):
    info = tarfile.TarInfo("sinmagia/x")
    info.type = tarfile.XHDTYPE
    return [(info, record), *members()]


row("a text", file("ana.zip", b"I could not pack it."), "no_archive")
row("0 bytes", file("ana.zip", b""), "archive_empty")
row("a zip of nothing", file("ana.zip", lambda: zip_of([])), "archive_empty")
row("a tar of nothing", file("ana.tar", lambda: tar_of([])), "archive_empty")
row("a RAR", file("ana.rar", b"Rar!\x1a\x07\x01\0" + bytes(99)), "archive_kind")
row("a 7z", file("ana.7z", b"7z\xbc\xaf\x27\x1c" + bytes(99)), "archive_kind")
row("a zst", file("ana.tar.zst", b"\x28\xb5\x2f\xfd" + bytes(99)), "archive_kind")
row("a zip cut off", file("ana.zip", lambda: zip_of()[:200]), "archive_damaged")
row("a zip without its directory", file("ana.zip", lambda: zip_of().replace(b"PK\1\2", b"PK\0\0")),
    "archive_damaged")  # fmt: skip
row("a zip's name that is not UTF-8", file("ana.zip", lambda: zip_of(
    [("sinmagia/ñ", b"#")]).replace("ñ".encode(), b"\xff\xff")), "archive_damaged")  # fmt: skip
row("a tar cut off", file("ana.tar", lambda: tar_of()[:1000]), "archive_damaged")
row("a tar cut off between files", file("ana.tar", lambda: tar_of()[:1024]), "archive_damaged")
for suffix, pack in (("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)):
    row(f"a tar.{suffix} cut off", file(f"ana.tar.{suffix}", lambda pack=pack: pack(tar_of())[:-9]),
        "archive_damaged")  # fmt: skip
    row(f"a tar.{suffix} with a wrong byte", file(f"ana.tar.{suffix}", lambda pack=pack:
        flipped(pack(tar_of()), 40)), "archive_damaged")  # fmt: skip
row("a file compressed alone", file("tensors.py.gz", lambda: gzip.compress(b"x = 1\n" * 200)),
    "no_archive")  # fmt: skip
row("an xz that asks for 1.5 GiB", file("ana.tar.xz", hungry), "archive_damaged")
row("a thousand gz in a row", file("ana.tar.gz", lambda: gzip.compress(b"") * 1000),
    "archive_damaged")  # fmt: skip
row("a bomb", file("ana.tar.gz", bomb), "archive_bomb")
row("an archive too large", file("ana.zip", lambda: b"PK\3\4" + bytes(MOST_PACKED)),
    "archive_too_large")  # fmt: skip
row("a zip of too many", file("ana.zip", lambda: zip_of(
    (f"sinmagia/{i}", b"") for i in range(MOST_ENTRIES + 1))), "too_many_files")  # fmt: skip
row("a tar of too many", file("ana.tar", lambda: tar_of(
    (f"sinmagia/{i}", b"") for i in range(MOST_ENTRIES + 1))), "too_many_files")  # fmt: skip
row("a negative size", file("ana.tar", lambda: spoilt_tar(124, b"\xff" * 12)), "archive_damaged")
row("a size in signs", file("ana.tar", lambda: spoilt_tar(124, b"-0000001000\0")),
    "archive_damaged")  # fmt: skip
row("a size past the end", file("ana.tar", lambda: spoilt_tar(124, b"\x80" + b"\xff" * 11)),
    "archive_damaged")  # fmt: skip
row("a wrong checksum", file("ana.tar", lambda: spoilt_tar(0, b"x", good=False)), "no_archive")
row("a wrong checksum further on", file("ana.tar", lambda: spoilt_tar(0, b"x", 1, good=False)),
    "archive_damaged")  # fmt: skip
row("a pax record of length 0", file("ana.tar", lambda: tar_of(pax(b"0 a=b\n"))), "archive_damaged")
row("a pax record without a length", file("ana.tar", lambda: tar_of(pax(b"a" * 99))),
    "archive_damaged")  # fmt: skip
row("9 MiB of pax records", file("ana.tar", lambda: tar_of(pax(b"6 a=b\n" * (3 << 19)))),
    "archive_damaged")  # fmt: skip
row("a zip in a zip", file("ana.zip", lambda: zip_of([("ana.zip", zip_of())])), "archive_inside")
row("a tar.gz in a zip", file("ana.zip", lambda: zip_of([("ana.tar.gz", gzip.compress(tar_of()))])),
    "archive_inside")  # fmt: skip
for called, prefix in {
    "backslashes": "sinmagia\\",
    "a root": "/sinmagia/",
    "a drive": "C:/sinmagia/",
    "a share": "\\\\host\\sinmagia\\",
    "a way up": "../sinmagia/",
    "a way up inside": "a/../sinmagia/",
}.items():
    row(f"a zip with {called}", file("ana.zip", lambda prefix=prefix: zip_of(members(
        prefix=prefix))), "archive_names")  # fmt: skip
    row(f"a tar with {called}", file("ana.tar", lambda prefix=prefix: tar_of(members(
        prefix=prefix))), "archive_names")  # fmt: skip


# An archive of which one member cannot be used.

GOOD = [pair for pair in members() if pair[0] != "sinmagia/tensors.py"]
BAD = "sinmagia/tensors.py"


def member(name=BAD, data=FILES["tensors.py"], mode=None, method=zipfile.ZIP_STORED):
    info = zipfile.ZipInfo(name)
    info.compress_type = method
    if mode is not None:
        info.external_attr = mode << 16
    return [(info, data), *GOOD]


def marked(central, field, value, length=2):
    """A zip in which the first member's own header, and the directory, have another field."""

    def make():
        data = bytearray(zip_of(member()))
        for signature, offset in ((b"PK\3\4", field - 2), (b"PK\1\2", field)):
            if signature == b"PK\1\2" or not central:
                at = data.index(signature) + offset
                data[at : at + length] = value
        return bytes(data)

    return make


def special(kind, size=0, **fields):
    info = tarfile.TarInfo(BAD)
    info.type, info.size = kind, size
    for name, value in fields.items():
        setattr(info, name, value)
    return lambda: tar_of([(info, b""), *GOOD])


def holes():
    """A tar with a sparse file: 10 GB that take no room, as GNU tar writes it."""
    data = bytearray(special(tarfile.GNUTYPE_SPARSE)())
    data[483:495] = b"\x80" + (10 << 30).to_bytes(11, "big")
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    return bytes(data)


def pax_holes():
    info = tarfile.TarInfo("sinmagia/GNUSparseFile.0/tensors.py")
    info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": BAD,
                        "GNU.sparse.realsize": str(10 << 30)}  # fmt: skip
    return tar_of([(info, b""), *GOOD])


for called, make, key in (
    ("a zip's name twice", lambda: zip_of([("sinmagia/tensorz.py", b"#"), *members()]).replace(
        b"tensorz", b"tensors"), "file_twice"),
    ("a name twice by a dot", lambda: zip_of([("./sinmagia/./tensors.py", b"#"), *members()]),
     "file_twice"),
    ("a file and a folder", lambda: zip_of([(f"{BAD}/x", b"#"), *members()]), "file_twice"),
    ("a password", marked(False, 8, b"\1\0"), "file_encrypted"),
    ("a strong password", marked(False, 8, b"\x41\0"), "file_encrypted"),
    ("Deflate64", marked(False, 10, b"\x09\0"), "file_compression"),
    ("PPMd", marked(False, 10, b"\x62\0"), "file_compression"),
    ("no known compression", marked(False, 10, b"\xe7\3"), "file_compression"),
    ("bzip2 in a zip", lambda: zip_of(member(method=zipfile.ZIP_BZIP2)), "file_compression"),
    ("LZMA in a zip", lambda: zip_of(member(method=zipfile.ZIP_LZMA)), "file_compression"),
    ("Deflate that is none", lambda: zip_of(member(data=b"\xff" * 50)).replace(
        b"\0\0\0\0!\0", b"\x08\0\0\0!\0"), "file_damaged"),
    ("a wrong checksum", marked(False, 16, b"\1\2\3\4", 4), "file_damaged"),
    ("a wrong checksum in the directory", marked(True, 16, b"\1\2\3\4", 4), "file_damaged"),
    ("a size that is too small", marked(True, 24, b"\1\0\0\0", 4), "file_damaged"),
    ("a size of 3 GB", marked(True, 24, b"\xff\xff\xff\xbf", 4), "file_too_long"),
    ("a place past the end", marked(True, 42, b"\0\0\0\x70", 4), "file_damaged"),
    ("a header with another name", lambda: zip_of(member()).replace(
        b"sinmagia/tensors.py", b"sinmagia/otherss.py", 1), "file_damaged"),
    ("a link in a zip", lambda: zip_of(member(data=b"optim.py", mode=0o120777)), "file_link"),
    ("a device in a zip", lambda: zip_of(member(data=b"", mode=0o020666)), "file_unreadable"),
    ("a FIFO in a zip", lambda: zip_of(member(data=b"", mode=0o010666)), "file_unreadable"),
    ("a folder in a zip", lambda: zip_of(member(f"{BAD}/", b"")), "file_unreadable"),
    ("a long file in a zip", lambda: zip_of(member(data=b"#" * (MOST_BYTES + 1))), "file_too_long"),
    ("an empty file in a zip", lambda: zip_of(member(data=b"")), "file_empty"),
    ("UTF-16 in a zip", lambda: zip_of(member(data="x = 1".encode("utf-16"))), "file_encoding"),
    ("a capital in a zip", lambda: zip_of(member("sinmagia/Tensors.py")), "file_case"),
    ("a zero byte in a name", lambda: zip_of(member("sinmagia/tensors.py?.txt")).replace(
        b".py?", b".py\0"), "file_missing"),
    ("one name with a backslash", lambda: zip_of(member("sinmagia\\tensors.py")), "file_missing"),
    ("one name from the root", lambda: zip_of(member("/sinmagia/tensors.py")), "file_missing"),
    ("one name through another", lambda: zip_of(member("x/../sinmagia/tensors.py")),
     "file_missing"),
):  # fmt: skip
    row(called, file("ana.zip", make), key)

for called, make, key in (
    ("a tar's name twice", lambda: tar_of([(BAD, b"# other"), *members()]), "file_twice"),
    ("a link in a tar", special(tarfile.SYMTYPE, linkname="optim.py"), "file_link"),
    ("a link out of a tar", special(tarfile.SYMTYPE, linkname="/etc/passwd"), "file_link"),
    ("a hard link in a tar", special(tarfile.LNKTYPE, linkname="sinmagia/optim.py"), "file_link"),
    ("a device in a tar", special(tarfile.CHRTYPE), "file_unreadable"),
    ("a disk in a tar", special(tarfile.BLKTYPE), "file_unreadable"),
    ("a FIFO in a tar", special(tarfile.FIFOTYPE), "file_unreadable"),
    ("an unknown kind in a tar", special(b"Z"), "file_unreadable"),
    ("a folder in a tar", special(tarfile.DIRTYPE), "file_unreadable"),
    ("10 GB of holes in a tar", holes, "file_too_long"),
    ("10 GB of holes in a pax", pax_holes, "file_too_long"),
    ("a long file in a tar", lambda: tar_of([(BAD, b"#" * (MOST_BYTES + 1)), *GOOD]),
     "file_too_long"),
    ("a name in Latin-1", lambda: tar_of([("sinmagia/ñ.py", b"#"), *GOOD], encoding="latin-1",
                                         format=tarfile.GNU_FORMAT), "file_missing"),
):  # fmt: skip
    row(called, file("ana.tar.gz", lambda make=make: gzip.compress(make())), key)
