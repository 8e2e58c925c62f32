"""Learn in Chinese: an article from first to last step, a lesson that trains, and another language in the middle."""

import re

import pytest
from lab_in_browser import (
    button,
    choose,
    expect_no_failure,
    expect_page,
    fill,
    settle,
    until,
    until_curve_has_more_than,
)
from playwright.sync_api import expect

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.data.datasets.load import load_dataset
from cnn_core.learning.articles import ARTICLES
from cnn_core.learning.lessons import list_lessons
from ui.text import text, translate_core
from ui.text.language import ENGLISH, LANGUAGES, use_language

pytestmark = pytest.mark.browser

ARTICLE = ARTICLES["R2"]
LESSON = list_lessons().find("no-pooling")
MORE_THAN_TEN_TIMES = 2  # the answer that is right: 93,418 parameters against 5,258
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH_SENTENCE = re.compile(r"[A-Za-z][a-z’']+(?:[ ,;:]+[A-Za-z’']+){3,}")

# All that a person reads in an element, shadow roots included; what is code, and where a block ends, is a bar.
# Plotly's buttons on a chart are left out: they come with it in English.
WORDS = """root => {
    const silent = '[data-testid="stIconMaterial"], script, style, code, pre, .modebar';
    const read = (node) => {
        if (node.nodeType === Node.TEXT_NODE) return node.data;
        if (!(node instanceof Element)) return "";
        if (node.matches(silent)) return "¦";
        const told = ["aria-label", "title", "placeholder", "alt"].map((name) => node.getAttribute(name) || "");
        const said = [...(node.shadowRoot || node).childNodes].map(read).join("");
        const inline = getComputedStyle(node).display === "inline" && !node.ownerSVGElement;
        return (inline ? said : `¦${said}¦`) + told.filter(Boolean).map((one) => `¦${one}¦`).join("");
    };
    return read(root);
}"""


@pytest.fixture
def speak():
    """speak("zh-Hans") → from now on this file, too, expects the page's words in this language."""
    yield use_language
    use_language(ENGLISH)


def open_learn(page, server, language, **address):
    wanted = {"lang": language, **address}
    page.goto(f"{server.address('learn')}?{'&'.join(f'{name}={value}' for name, value in wanted.items())}")
    expect_page(page, "learn")


def expect_step(page, article, number):
    """Its heading stands there, nothing is awaited any more, and nothing has failed."""
    expect(heading(page, article, number)).to_be_visible()
    expect(page.get_by_text(text("waiting.tensorflow"))).to_have_count(0)
    expect(page.get_by_test_id(re.compile("^st(Spinner|Skeleton)$"))).to_have_count(0)
    settle(page)
    expect_no_failure(page)


def heading(page, article, number):
    step = text(f"articles.step_{article.steps[number - 1]}")
    place = text("articles.place", number=number, count=len(article.steps), step=step)
    return page.get_by_role("heading", level=3, name=place, exact=True)


def english_on(page):
    """Sentences of the page and its menu that look like English."""
    said = [page.get_by_test_id(name).evaluate(WORDS) for name in ("stMain", "stSidebar")]
    return [found for part in said for found in ENGLISH_SENTENCE.findall(part)]


def expect_pictures(page, title, count):
    strip = page.get_by_label(title, exact=True).first
    expect(strip.locator("img")).to_have_count(count)
    assert strip.locator("img").evaluate_all("all => all.every(one => one.complete && one.naturalWidth === 28)")


def say(page, sentence):
    expect(page.get_by_test_id("stMain")).to_contain_text(sentence.replace("*", ""))


# What lives on each step


def see_loaded(page):
    expect_pictures(page, text("articles.first_pictures", count=8), 8)


def see_reshaped(page):
    say(page, "(1500, 28, 28) → (1500, 28, 28, 1)")


def see_scaled(page):
    pictures = page.locator(".maps canvas")
    expect(pictures).to_have_count(2)
    say(page, "/ 255 =")


def see_one_hot(page):
    for index in (0, 7):
        fill(page, text("articles.which_picture"), index)
        label = int(load_dataset("digits").y_train[index])
        say(page, text("articles.one_hot_value", label=label))
        say(page, "  ".join("1" if place == label else "0" for place in range(10)))


def see_built(page):
    expect(page.get_by_test_id("stMetricValue")).to_have_text("320")
    button(page, "articles.all_layers").click()
    expect(page.get_by_test_id("stMetricValue")).to_have_text("93,322")
    expect(page.locator(".picture svg")).to_be_visible()
    expect(page.locator(".rows button")).to_have_count(len(ARTICLE.recipe.experiment.architecture.layers))


def see_compiled(page):
    expect(page.get_by_test_id("stTable").locator("tbody tr")).to_have_count(2)
    say(page, "2.3026")  # ln 10


def see_fitted(page):
    until_curve_has_more_than(page, 0)


def see_evaluated(page):
    for accuracy in ("99.13", "99.11"):  # as published, and of the bundled run
        expect(page.get_by_role("cell", name=re.compile(rf"^{accuracy}\s?%$"))).to_be_visible()


def see_predicted(page):
    expect_pictures(page, text("articles.pictures_with_answers"), 8)


LIVING = {
    "load": see_loaded,
    "reshape": see_reshaped,
    "scale": see_scaled,
    "one_hot": see_one_hot,
    "build": see_built,
    "compile": see_compiled,
    "fit": see_fitted,
    "evaluate": see_evaluated,
    "predict": see_predicted,
}


def test_an_article_in_simplified_chinese_can_be_completed(lab, page, speak, keep_picture):
    speak("zh-Hans")
    open_learn(page, lab, "zh-Hans", article=ARTICLE.short, step=1)
    english = {}
    for number, step in enumerate(ARTICLE.steps, start=1):
        expect_step(page, ARTICLE, number)
        assert CHINESE.search(heading(page, ARTICLE, number).inner_text())
        LIVING[step](page)
        settle(page)
        if found := english_on(page):
            english[step] = found
        keep_picture(page, f"{number}-{step}")
        if number < len(ARTICLE.steps):
            onward = text("articles.next", step=text(f"articles.step_{ARTICLE.steps[number]}"))
            page.get_by_role("button", name=onward, exact=True).click()
    assert not english
    expect(page.locator(".dots button")).to_have_count(number)
    expect(page.locator(".dots button.seen")).to_have_count(number)

    page.reload()
    expect_step(page, ARTICLE, number)
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")


# A lesson


def open_tab(page, name):
    page.get_by_role("tab", name=text(f"learn.tab_{name}"), exact=True).click()
    settle(page)


def guess(page, index):
    return page.get_by_role("radio", name=translate_core(LESSON.answers[index].says), exact=True)


def make_guess(page, index):
    page.get_by_test_id("stRadio").get_by_text(translate_core(LESSON.answers[index].says), exact=True).click()
    expect(guess(page, index)).to_be_checked()
    settle(page)


def completed(server):
    return sum(run.state == "completed" for run in server.own_runs)


def test_a_lesson_in_traditional_chinese_can_be_completed(lab, page, speak, keep_picture):
    before = completed(lab)
    speak("zh-Hant")
    open_learn(page, lab, "zh-Hant", lesson=LESSON.id)
    expect(page.get_by_role("heading", level=3, name=translate_core(LESSON.title), exact=True)).to_be_visible()
    run = button(page, "lessons.run", count=2)
    expect(run).to_be_disabled()
    make_guess(page, 0)
    assert not english_on(page)
    run.click()
    until(lambda: completed(lab) > before, "the first experiment is through")
    until(lambda: completed(lab) > before + 1, "the second one is through")
    right = LESSON.answers[MORE_THAN_TEN_TIMES]
    verdict = page.get_by_test_id("stAlert").filter(has_text=text("lessons.surprise", says=translate_core(right.says)))
    expect(verdict).to_be_visible()
    for sentence in (*re.split(r"\{[^}]*\}", translate_core(right.why)), translate_core(LESSON.about)):
        say(page, sentence.strip())
    for parameters in ("93,418", "5,258"):  # counted by hand
        say(page, parameters)
    keep_picture(page, "verdict")
    settle(page)
    assert not english_on(page)
    expect_no_failure(page)


# Another language


def speak_on(page, speak, language):
    """The page's own choice; the address then says it."""
    choose(page, text("nav.language"), LANGUAGES[language])
    speak(language)
    expect_page(page, "learn")
    expect(page).to_have_url(re.compile(rf"[?&]lang={language}(&|$)"))


def test_switching_the_language_midway_keeps_progress(lab, page, speak, keep_picture):
    article, step, before = ARTICLES["R1"], 7, len(lab.own_runs)
    speak("zh-Hans")
    open_learn(page, lab, "zh-Hans", lesson=LESSON.id)
    make_guess(page, 1)
    speak_on(page, speak, "zh-Hant")
    expect(guess(page, 1)).to_be_checked()

    open_tab(page, "articles")
    page.get_by_role("radio", name=article.short).click()
    page.locator(".dots button").nth(step - 1).click()
    expect_step(page, article, step)
    button(page, "articles.train_on_digits").click()
    run = until(lambda: len(lab.own_runs) > before and lab.own_runs[0], "the run is there")
    say(page, text("articles.curve_own", dataset=translate_core(DATASETS["digits"].title)))

    speak_on(page, speak, ENGLISH)
    expect_step(page, article, step)
    say(page, text("articles.curve_own", dataset=translate_core(DATASETS["digits"].title)))
    until_curve_has_more_than(page, 0)
    assert len(lab.own_runs) == before + 1
    assert lab.own_runs[0].id == run.id
    assert lab.own_runs[0].is_active
    open_tab(page, "lessons")
    expect(guess(page, 1)).to_be_checked()
    keep_picture(page, "guess")
    expect_no_failure(page)
