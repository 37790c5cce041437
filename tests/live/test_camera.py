"""The camera in a real Chromium: asked for, refused, missing, chosen, lost, stopped."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.support.browser import videos
from tests.support.browser.steps import start, wait_for_status

pytestmark = pytest.mark.browser


def test_refused_permission_says_how_to_allow_it(server, open_page):
    page, watch = open_page(server.url, videos.one_face(), allow=False)
    page.click("#start")
    wait_for_status(page, "denied")
    expect(page.locator("#status")).to_contain_text("Allow it for this page")
    expect(page.locator("#start")).to_be_visible()
    assert watch.errors == []


def test_a_computer_without_camera_is_told_so(server, open_page):
    page, _ = open_page(server.url)
    page.click("#start")
    wait_for_status(page, "missing")
    expect(page.locator("#status")).to_contain_text("No camera was found")


def test_an_insecure_page_is_told_why_there_is_no_camera(server, open_page):
    page, _ = open_page("about:blank", videos.one_face())
    page.add_init_script("Object.defineProperty(window, 'isSecureContext', {value: false})")
    page.goto(server.url)
    page.click("#start")
    wait_for_status(page, "insecure")
    expect(page.locator("#status")).to_contain_text("https")


def test_the_camera_is_not_asked_for_before_the_visitor_says_so(server, open_page):
    page, _ = open_page("about:blank", videos.one_face())  # a browser that would grant it without asking
    page.add_init_script(
        """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        window.asked = 0;
        navigator.mediaDevices.getUserMedia = (wanted) => ((asked += 1), ask(wanted));"""
    )
    page.goto(server.url)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("asked") == 0
    expect(page.locator("#welcome")).to_contain_text("Nothing is stored")
    expect(page.locator("#on-air")).to_be_hidden()
    start(page)
    assert page.evaluate("asked") == 1


def test_stop_ends_the_camera_and_start_begins_again(server, open_page):
    page, _ = open_page(server.url, videos.one_face())
    start(page)
    expect(page.locator("#on-air")).to_be_visible()
    page.evaluate("window.track = document.getElementById('video').srcObject.getTracks()[0]")
    page.click("#stop")
    wait_for_status(page, "idle")
    assert page.evaluate("window.track.readyState") == "ended"
    assert page.evaluate("document.getElementById('video').srcObject") is None
    expect(page.locator("#on-air")).to_be_hidden()
    start(page)


def test_clicks_in_quick_succession_leave_one_camera_that_stop_ends(server, open_page):
    page, watch = open_page("about:blank", videos.one_face())
    page.add_init_script(
        """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        window.tracks = [];
        navigator.mediaDevices.getUserMedia = async (wanted) => {
          const stream = await ask(wanted);
          tracks.push(...stream.getTracks());
          return stream;
        };"""
    )
    page.goto(server.url)
    states = "tracks.map(track => track.readyState).sort()"
    page.evaluate("for (let i = 0; i < 3; i++) document.getElementById('start').click()")
    wait_for_status(page, "reading")
    assert page.evaluate(states) == ["ended", "ended", "live"]
    page.click("#stop")
    wait_for_status(page, "idle")
    assert page.evaluate(states) == ["ended", "ended", "ended"]
    assert watch.errors == []


def test_another_camera_can_be_chosen(server, open_page):
    page, watch = open_page(server.url, patterns=2)
    start(page, "no_face")
    in_use = "document.getElementById('video').srcObject?.getTracks()[0].getSettings().deviceId"
    first, second = page.locator("#camera option").evaluate_all("options => options.map(o => o.value)")
    assert page.evaluate(in_use) == page.input_value("#camera") == first
    page.evaluate("window.before = document.getElementById('video').srcObject.getTracks()[0]")
    page.click("#settings")
    page.select_option("#camera", second)
    page.wait_for_function(f"id => {in_use} === id", arg=second)
    seen = re.compile("no_face|too_dark")  # Chromium's second pattern is dark
    expect(page.locator("#status")).to_have_attribute("data-code", seen)
    assert page.evaluate("before.readyState") == "ended"
    assert page.input_value("#camera") == second
    assert watch.errors == []


def test_a_remembered_camera_that_is_gone_gives_way_to_another(server, open_page):
    page, watch = open_page(server.url, videos.one_face())
    page.evaluate("localStorage.setItem('countenance.live', JSON.stringify({camera: 'unplugged long ago'}))")
    page.reload()
    start(page)
    assert page.input_value("#camera") != ""
    assert watch.errors == []


def test_a_camera_without_pictures_is_said(server, open_page):
    page, _ = open_page(server.url, videos.one_face())
    start(page)
    tell = "name => document.getElementById('video').srcObject.getTracks()[0].dispatchEvent(new Event(name))"
    page.evaluate(tell, "mute")
    wait_for_status(page, "no_picture")
    page.evaluate(tell, "unmute")
    wait_for_status(page, "reading")


def test_an_unplugged_camera_is_said(server, open_page):
    page, _ = open_page(server.url, videos.one_face())
    start(page)
    page.evaluate(
        "document.getElementById('video').srcObject.getTracks()[0].dispatchEvent(new Event('ended'))"
    )
    wait_for_status(page, "unplugged")
