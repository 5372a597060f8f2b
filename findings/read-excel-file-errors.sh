#!/usr/bin/env bash
# Expected: a cell that shows `#N/A` (a look-up that found nothing) and one whose formula no spreadsheet has calculated yet, as programs write them, are read as what
#           they show, or are refused: they are no empty cells.
# So it is: both are `null`, as if nothing had been typed, and no option says otherwise. A row of such cells alone cannot be told from an empty one.
# Seen with read-excel-file 9.3.17, on a workbook by openpyxl 3.1.5:
#           A1 typed: "siret"; A2 #N/A: null; A3 formula: null; A4 empty: null; A5 number: 13002526500013
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --no-save --prefix "$folder" read-excel-file@9.3.17 >/dev/null
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check openpyxl==3.1.5
venv/bin/python - <<'PYTHON'
from openpyxl import Workbook

book = Workbook()
sheet = book.active
sheet["A1"] = "siret"
sheet["A2"] = "#N/A"
assert sheet["A2"].data_type == "e"
sheet["A3"] = "=B3"
sheet["A5"] = 13002526500013
book.save("list.xlsx")
PYTHON
cat >run.mjs <<'NODE'
import { readSheet } from "read-excel-file/node";

const [typed, error, formula, empty, number] = (await readSheet("list.xlsx")).map(([cell]) => JSON.stringify(cell));
console.log(`A1 typed: ${typed}; A2 #N/A: ${error}; A3 formula: ${formula}; A4 empty: ${empty}; A5 number: ${number}`);
NODE
found=$(node run.mjs)
echo "$found"
[ "$found" = 'A1 typed: "siret"; A2 #N/A: null; A3 formula: null; A4 empty: null; A5 number: 13002526500013' ]
