#!/usr/bin/env python3
"""Writes substitutions for the AOT compiler (the format of ilc-substitutions.xml): the records of the shipped file print no members.

C# gives each record a text of all its members, with their names, and who asks for any object's text keeps every one of them in the file:
120 KB. Nobody is shown such a text: what people read is written by hand, in a ToString of its own. Tests and debug builds have it.
"""
import glob
import os
import re

SOURCES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'src')
# At the left margin only: a nested one's name would need its outer type's.
RECORD = re.compile(r'^(?:public|internal) (?:(?:sealed|abstract|readonly) )*record (?:struct )?(\w+)', re.MULTILINE)
NAMESPACE = re.compile(r'^namespace ([\w.]+);', re.MULTILINE)
METHOD = '<method signature="System.Boolean PrintMembers(System.Text.StringBuilder)" body="stub" value="false" />'


def records(room):
    for path in sorted(glob.glob(os.path.join(SOURCES, room, '**', '*.cs'), recursive=True)):
        if '/obj/' in path or '/bin/' in path:
            continue
        with open(path, encoding='utf-8') as source:
            text = source.read()
        for name in RECORD.findall(text):
            yield '%s.%s' % (NAMESPACE.search(text).group(1), name)


def main():
    print('<linker>')
    for room in sorted(os.listdir(SOURCES)):
        if room == 'Coracle.Monitor':
            continue
        names = list(records(room))
        if not names:
            continue  # a room that nobody uses yet is not among the compiler's assemblies
        # The program's assembly is called as the program is.
        print('  <assembly fullname="%s">' % ('coracle' if room == 'Coracle' else room))
        for record in names:
            print('    <type fullname="%s">%s</type>' % (record, METHOD))
        print('  </assembly>')
    print('</linker>')


if __name__ == '__main__':
    main()
