"""Reads the tables of a report from its HTML and its Markdown, without any code of iowalk."""
import functools
import html
import html.parser
import re

VOID = {"meta", "img", "br", "link"}
UNITS = {"ns": 1, "µs": 1e3, "ms": 1e6, "s": 1e9, "B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3,
         "": 1, "k": 1e3, "M": 1e6, "G": 1e9, "%": 1, "×": 1}


class Table:
    def __init__(self, section, group, name=None):
        self.section, self.group, self.rows, self.name = section, group, [], name
        self.keys, self.values = [], [] # of rows: data-cell; of their cells: data-v

    def records(self):
        """Each row after the titles as {title: text}."""
        return [dict(zip(self.rows[0], row)) for row in self.rows[1:]]

    def same_as(self, other):
        return (self.section, self.group, self.rows) == (other.section, other.group, other.rows)


class Page(html.parser.HTMLParser):
    """Checks that the HTML is well-formed and has no references and one script. Fills `tables`, `titles`, `folds` and `wrong`.

    titles: [(class of the <svg>, name of the cell or None, text of a <title>)]; folds: {cell: text of its <details>}.
    """

    def __init__(self, text):
        super().__init__()
        self.wrong, self.tables, self.open, self.text = [], [], [], None
        self.titles, self.svg, self.cell, self.title, self.folds, self.fold = [], "", [], None, {}, None
        self.headings = {"h2": "", "h3": ""}
        self.feed(text)
        self.close()
        if self.open:
            self.wrong.append("not closed: %s" % self.open)
        if re.search(r"@import|url\(|<link|<iframe|<object", text) or text.count("<script") != 1 or "<script>" not in text:
            self.wrong.append("the HTML has an external reference, or not one script")

    def handle_starttag(self, tag, attributes):
        names = dict(attributes)
        if tag == "img" and not names.get("alt"):
            self.wrong.append("a figure without alternative text")
        for name, value in attributes:
            if name in ("src", "href", "action", "data", "srcset") and not re.match(r"data:|#", value or ""):
                self.wrong.append("an external reference: %s=%s" % (name, value))
            if name.startswith("on"):
                self.wrong.append("a script in an attribute: %s=%s" % (name, value))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "svg":
            self.svg = names.get("class", "")
        if tag == "g":
            self.cell.append(names.get("data-cell", self.cell[-1] if self.cell else None))
        if tag == "title" and "svg" in self.open:
            self.title = ""
        if tag == "details" and "data-cell" in names:
            self.fold = names["data-cell"]
            self.folds[self.fold] = ""
        if tag == "table":
            self.tables.append(Table(self.headings["h2"], self.headings["h3"], names.get("id")))
        if tag == "tr":
            self.tables[-1].rows.append([])
            self.tables[-1].keys.append(names.get("data-cell"))
            self.tables[-1].values.append([])
        if tag in ("td", "th"):
            self.tables[-1].values[-1].append(names.get("data-v"))
        if tag in ("td", "th", "h2", "h3"):
            self.text = ""

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append("</%s> does not match the open tag" % tag)
        if tag == "g":
            self.cell.pop()
        if tag == "title" and self.title is not None:
            self.titles.append((self.svg, self.cell[-1] if self.cell else None, self.title))
            self.title = None
        if tag == "details":
            self.fold = None
        if tag in ("td", "th"):
            self.tables[-1].rows[-1].append(one_line(self.text))
        if tag in self.headings:
            self.headings[tag] = one_line(self.text)
        if tag == "h2":
            self.headings["h3"] = ""
        if tag in ("td", "th", "h2", "h3"):
            self.text = None

    def handle_data(self, data):
        if self.text is not None:
            self.text += data
        if self.title is not None:
            self.title += data
        elif self.fold is not None:
            self.folds[self.fold] += data


def one_line(text):
    """Replaces tabs and line ends by blanks, as the Markdown does."""
    return re.sub(r"[\t\n]", " ", text)


@functools.lru_cache(maxsize=None)
def read_tsv(path):
    """The rows of a figure's table as {title: text}, with escapes decoded, and blanks for tabs and line ends."""
    with open(path, encoding="utf-8", newline="\n") as file:
        rows = [line[:-1].split("\t") for line in file if line.strip()]
    for row in rows:
        if len(row) != len(rows[0]):
            raise ValueError("%s: %d fields in place of %d" % (path, len(row), len(rows[0])))
    escape = re.compile(r"\\(\\|t|x[0-9a-f]{2})")
    undo = {"\\": "\\", "t": "\t"}
    return [dict(zip(rows[0], [one_line(escape.sub(lambda found: undo.get(found[1]) or chr(int(found[1][1:], 16)), field))
                               for field in row])) for row in rows[1:]]


def plain(text):
    """The displayed text of Markdown, without emphasis, backslashes and entities."""
    return html.unescape(re.sub(r"\\(.)", r"\1", re.sub(r"(?<!\\)\*\*", "", text.strip())))


def markdown_tables(path):
    tables, headings, inside = [], ["", ""], False
    for line in open(path, encoding="utf-8"):
        heading = re.match(r"(#{2,3}) (.*)", line)
        if heading:
            headings = [plain(heading[2]), ""] if heading[1] == "##" else [headings[0], plain(heading[2])]
        if line.startswith("|"):
            if not inside:
                tables.append(Table(*headings))
            if not re.fullmatch(r"\|[|:-]+\|\n", line):
                tables[-1].rows.append([plain(field) for field in re.split(r"(?<!\\)\|", line)[1:-1]])
        inside = line.startswith("|")
    return tables


def says(text, value):
    """Returns whether the value rounds to the text. None is unknown and shown as a dash."""
    text = text.replace("\u2009", "").replace("−", "-")
    if value is None:
        return text == "-"
    parts = re.fullmatch(r"([+-]?\d+(?:\.(\d+))?(?:e([+-]\d+))?)\s?(\D*)", text)
    if not parts or parts[4] not in UNITS:
        return False
    unit = UNITS[parts[4]]
    digit = 10.0 ** (int(parts[3] or 0) - len(parts[2] or ""))
    return abs(float(parts[1]) * unit - value) <= 0.501 * digit * unit


def read_both(report):
    """The page of report.html, and a list of errors in it and of differences from report.md."""
    page = Page(open(report + "/report.html", encoding="utf-8").read())
    tables = markdown_tables(report + "/report.md")
    if len(tables) != len(page.tables):
        page.wrong.append("%d tables in the HTML, %d in the Markdown" % (len(page.tables), len(tables)))
    for one, other in zip(page.tables, tables):
        if not one.same_as(other):
            page.wrong.append("report.html and report.md differ in %s, %s" % (one.section, one.group))
    return page, page.wrong
