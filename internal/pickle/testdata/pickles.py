"""Writes pickles.json: one value in every protocol. Run here, with Python 3."""
import base64, collections, json, pickle

value = {
    "numbers": [0, -1, 255, 65535, -70000, 2**40, 2.5, True, False, None],
    "texts": ("plain", "h\u00e4\u00df\\lich\n", b"\x00\xff"),
    "ordered": collections.OrderedDict([("b", 1), ("a", 2)]),
    "long": list(range(2500)),
    "class": collections.Counter,
    "object": complex(1, 2),
}
value["again"] = value["texts"]
json.dump([base64.b64encode(pickle.dumps(value, p)).decode() for p in range(6)], open("pickles.json", "w"), indent=0)
