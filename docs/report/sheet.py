# SPDX-License-Identifier: Apache-2.0
"""The Markdown of the report as HTML: the few forms that it uses. Two comments steer the sheet and are invisible elsewhere: `<!-- page -->`
begins a page, `<!-- class: x -->` names the block after it."""
import html
import re

IMAGE = re.compile(r"^!\[([^\]]*)\]\(([^)]+)\)$")
INLINE = re.compile(r"`(?P<code>[^`]+)`|\*\*(?P<bold>.+?)\*\*|(?<!\w)\*(?P<em>[^*]+)\*(?!\w)|!\[(?P<alt>[^\]]*)\]\((?P<src>[^)]+)\)|\[(?P<text>[^\]]+)\]\((?P<href>[^)]+)\)")


def inline(text):
    text = re.sub(r" (?=[;:!?»%])|(?<=«) ", "\u00a0", text)   # no line begins with these in French
    out, at = [], 0
    for match in INLINE.finditer(text):
        out.append(html.escape(text[at:match.start()], quote=False))
        at = match.end()
        if match["code"]:
            out.append(f"<code>{html.escape(match['code'], quote=False)}</code>")
        elif match["bold"]:
            out.append(f"<strong>{inline(match['bold'])}</strong>")
        elif match["em"]:
            out.append(f"<em>{inline(match['em'])}</em>")
        elif match["src"]:
            out.append(f'<img src="{html.escape(match["src"])}" alt="{html.escape(match["alt"])}">')
        else:
            out.append(f'<a href="{html.escape(match["href"])}">{inline(match["text"])}</a>')
    return "".join(out) + html.escape(text[at:], quote=False)


def cells(line):
    parts, code, cell = [], False, ""
    for letter in line.strip().strip("|"):
        if letter == "`":
            code = not code
        if letter == "|" and not code:
            parts.append(cell.strip())
            cell = ""
        else:
            cell += letter
    return [*parts, cell.strip()]


def numeric(text):
    return bool(re.fullmatch(r"[\d\u202f\u00a0 ,.·×%–]+(?:ms)?", text))


def table_html(lines, name):
    head, rows = cells(lines[0]), [cells(line) for line in lines[2:]]

    def row(values, tag):
        return "<tr>" + "".join(f'<{tag}{" class=n" if tag == "td" and numeric(v) else ""}>{inline(v)}</{tag}>' for v in values) + "</tr>"

    top = f"<thead>{row(head, 'th')}</thead>" if any(head) else ""
    return f'<table{f" class={name}" if name else ""}>{top}<tbody>{"".join(row(r, "td") for r in rows)}</tbody></table>'


def body(text, svg):
    """`svg(path)` is the text of a picture that is put into the page itself, so that its words stay words."""
    out, name, pages = [], "", 1
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            at += 1
        elif line.strip() == "<!-- page -->":
            out.append("</section><section>")
            pages += 1
            at += 1
        elif match := re.fullmatch(r"<!-- class: ([\w ]+) -->", line.strip()):
            name = f'"{match.group(1)}"'
            at += 1
        elif line.startswith("#"):
            level = len(line) - len(line.lstrip("#"))
            out.append(f"<h{level}>{inline(line[level:].strip())}</h{level}>")
            at += 1
        elif line.startswith("```"):
            end = next(i for i in range(at + 1, len(lines)) if lines[i].startswith("```"))
            out.append(f"<pre>{html.escape(chr(10).join(lines[at + 1:end]))}</pre>")
            at = end + 1
        elif line.startswith("|"):
            end = at
            while end < len(lines) and lines[end].startswith("|"):
                end += 1
            out.append(table_html(lines[at:end], name))
            name, at = "", end
        elif line.startswith("- "):
            items = []
            while at < len(lines) and (lines[at].startswith("- ") or (lines[at].startswith("  ") and lines[at].strip())):
                if lines[at].startswith("- "):
                    items.append(lines[at][2:])
                else:
                    items[-1] += " " + lines[at].strip()
                at += 1
            out.append("<ul>" + "".join(f"<li>{inline(item)}</li>" for item in items) + "</ul>")
        elif match := IMAGE.match(line.strip()):
            picture = svg(match.group(2)) if match.group(2).endswith(".svg") else f'<img src="{match.group(2)}" alt="{html.escape(match.group(1))}">'
            out.append(f"<figure{f' class={name}' if name else ''}>{picture}</figure>")
            name = ""
            at += 1
        else:
            end = at
            while end < len(lines) and lines[end].strip() and not lines[end].startswith(("#", "|", "- ", "```", "<!--")):
                end += 1
            out.append(f"<p{f' class={name}' if name else ''}>{inline(' '.join(lines[at:end]))}</p>")
            name, at = "", end
    return f'<section class="first">{"".join(out)}</section>', pages
