"""The page and its files as they are sent."""

from clients import ask

from lrcontrol.page import STATIC


def test_the_page_has_the_table_in_it_and_may_run_nothing_inline(app):
    reply = ask(app, "/")
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert b"{{table}}" not in reply.body
    assert b"<td>" in reply.body
    policy = reply.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert reply.headers["cache-control"] == "no-store"


def test_every_file_that_the_page_names_is_there(app):
    names = [p.relative_to(STATIC).as_posix() for p in STATIC.rglob("*") if p.is_file()]
    for name in set(names) - {"index.html"}:
        reply = ask(app, f"/static/{name}")
        assert (reply.code, reply.body) == (200, (STATIC / name).read_bytes())
        assert reply.headers["x-content-type-options"] == "nosniff"
    kinds = {n: ask(app, f"/static/{n}").headers["content-type"] for n in ("page.js", "page.css")}
    assert kinds == {
        "page.js": "text/javascript; charset=utf-8",
        "page.css": "text/css; charset=utf-8",
    }


def test_a_file_is_sent_once(app):
    tag = ask(app, "/static/page.js").headers["etag"]
    again = ask(app, "/static/page.js", headers={"if-none-match": tag})
    assert (again.code, again.body) == (304, b"")
    assert ask(app, "/static/page.css", headers={"if-none-match": tag}).code == 200


def test_nothing_else_is_sent(app):
    for name in ("index.html", "../table.py", "..%2ftable.py", "/etc/passwd", "", "uplot"):
        assert ask(app, f"/static/{name}").code == 404
