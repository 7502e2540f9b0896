"""A person at a browser without JavaScript: opens pages, fills in their forms, follows redirects of the site."""

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests


class Form:
    """A form as it stands on the page: what it would send if nobody touched it."""

    def __init__(self, action, method):
        self.action = action
        self.method = method
        self.fixed = []  # hidden fields, texts, selected options
        self.boxes = []  # (name, value, checked)
        self.buttons = []  # (name, value)

    def names(self):
        names = [name for name, _ in self.fixed + self.buttons if name]
        return set(names + [name for name, _, _ in self.boxes])

    def offered(self, name):
        return [value for box, value, _ in self.boxes if box == name]

    def ticked(self, name):
        return [value for box, value, checked in self.boxes if box == name and checked]


class Forms(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.all = []
        self.form = self.select = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        at = dict(attrs)
        if tag == "form":
            self.form = Form(at.get("action", ""), at.get("method", "get").lower())
            self.all.append(self.form)
        if self.form is None:
            return
        name, value = at.get("name"), at.get("value") or ""
        if tag == "input" and name:
            if at.get("type") in ("checkbox", "radio"):
                self.form.boxes.append((name, value, "checked" in at))
            else:
                self.form.fixed.append((name, value))
        elif tag == "select":
            self.select = name
        elif tag == "option" and "selected" in at:
            self.form.fixed.append((self.select, value))
        elif tag == "button":
            self.form.buttons.append((name, value))

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None


class Page:
    def __init__(self, response):
        self.url = response.url
        self.status = response.status_code
        self.text = response.text
        self.forms = Forms(response.text).all

    def form(self, *names):
        """The form that has all of these fields."""
        found = [form for form in self.forms if set(names) <= form.names()]
        if len(found) != 1:
            raise AssertionError(f"{len(found)} forms with {names} at {self.url}: {self.text}")
        return found[0]


class Elsewhere:
    """The site sent the browser to another one."""

    def __init__(self, url):
        self.url = url


class Person:
    def __init__(self, origin, login, password):
        self.origin = origin
        self.login = login
        self.password = password
        self.browser = requests.Session()

    def open(self, url):
        """Opens a page, signing in where the site asks for it."""
        found = self._follow(self.browser.get(urljoin(self.origin, url), allow_redirects=False))
        if isinstance(found, Page) and "password" in {n for f in found.forms for n in f.names()}:
            form = found.form("login", "password")
            found = self.submit(found, form, {"login": self.login, "password": self.password})
        return found

    def submit(self, page, form, typed=None, ticked=None, button=None):
        """Sends a form: `typed` replaces texts, `ticked` says per name of boxes which of them are ticked."""
        typed, ticked = typed or {}, ticked or {}
        for name, values in ticked.items():
            missing = set(values) - set(form.offered(name))
            if missing:
                raise AssertionError(f"the page does not offer {name} {missing}")
        sent = [(name, typed.get(name, value)) for name, value in form.fixed]
        for name, value, checked in form.boxes:
            if value in ticked[name] if name in ticked else checked:
                sent.append((name, value))
        if button:
            if button not in form.buttons:
                raise AssertionError(f"the page has no button {button}")
            sent.append(button)
        url = urljoin(page.url, form.action)
        assert form.method == "post", form.method
        return self._follow(self.browser.post(url, data=sent, allow_redirects=False))

    def _follow(self, response):
        while response.is_redirect:
            to = urljoin(response.url, response.headers["location"])
            if urlsplit(to)[:2] != urlsplit(self.origin)[:2]:
                return Elsewhere(to)
            response = self.browser.get(to, allow_redirects=False)
        return Page(response)

    def decide(self, url, classes=None, groups=(), install=(), allow=True):
        """Decides on what an app asks for; without `classes`, everything offered is ticked. Where the app gets its answer."""
        page = self.open(url)
        if isinstance(page, Elsewhere):
            return page.url
        form = page.form("decision", "days")
        ticked = {
            "class": form.offered("class") if classes is None else classes,
            "group": groups,
            "install": install,
        }
        answer = self.submit(page, form, ticked=ticked, button=("decision", "allow" if allow else "refuse"))
        if isinstance(answer, Page):
            raise AssertionError(f"no answer for the app: {answer.status} {answer.text}")
        return answer.url

    def withdraw(self, app):
        """Takes back what this app was allowed."""
        page = self.open(f"/privacy/apps/{app}")
        forms = [form for form in page.forms if form.action.endswith("/withdraw")]
        assert len(forms) == 1, page.text
        after = self.submit(page, forms[0])
        assert isinstance(after, Page) and after.status == 200, after

    def opt_in(self, app):
        """Lets an app see what it may see of members who allow it, in the first of its groups."""
        page = self.open(f"/privacy/apps/{app}")
        form = page.form("installation", "class")
        after = self.submit(page, form, ticked={"class": form.offered("class")}, button=("choice", "save"))
        assert isinstance(after, Page) and after.status == 200, after
