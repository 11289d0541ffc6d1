"""Prints the published classes of OCSF as JSON Schemas, and the names that OCSF gives to their numbers.

The arguments are a version of OCSF and the numbers of the classes. `cargo xtask ocsf` installs the package.
"""

import json
import sys

from ocsf_json_schema import OcsfJsonSchema, OcsfJsonSchemaEmbedded, get_ocsf_schema

# Attributes with numbers, and the attributes with their names.
NAMED = {
    "activity_id": "activity_name",
    "category_uid": "category_name",
    "class_uid": "class_name",
    "severity_id": "severity",
    "status_id": "status",
    "type_uid": "type_name",
}


def main() -> None:
    version, *numbers = sys.argv[1:]
    published = get_ocsf_schema(version)
    schemas = OcsfJsonSchemaEmbedded(OcsfJsonSchema(published))
    classes = {}
    for number in numbers:
        name = schemas.lookup_class_name_from_uid(int(number))
        attributes = published["classes"][name]["attributes"]
        names = {
            text: {value: known["caption"] for value, known in attributes[of]["enum"].items()}
            for of, text in NAMED.items()
        }
        classes[number] = {"schema": schemas.get_class_schema(name), "names": names}
    json.dump(classes, sys.stdout)


main()
