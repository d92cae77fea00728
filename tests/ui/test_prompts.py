"""One question at a time; every one is answered; the careful answer is the default."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from app.core.faults import Fault, FaultCode
from app.core.questions import CodesAnswer, HostKeyAnswer, Question, SecretAnswer, SecretReason
from app.ui.prompt_dialogs import CodesDialog, HostKeyDialog, PromptDialog, SecretDialog
from app.ui.prompts import Prompts
from tests.ui import scenes


@pytest.fixture
def prompts(qtbot: QtBot) -> Iterator[Prompts]:
    owner = QObject()
    made = Prompts(owner, lambda: None, lambda: None)
    yield made
    made.close()
    owner.deleteLater()


def shown(prompts: Prompts) -> PromptDialog:
    assert prompts.dialog is not None
    return prompts.dialog


def test_questions_wait_for_each_other(prompts: Prompts) -> None:
    first, second = scenes.host_key_question(), scenes.codes_question()
    prompts.ask(first)
    prompts.ask(second)
    assert isinstance(shown(prompts), HostKeyDialog)
    answered = shown(prompts)
    answered.answer(HostKeyAnswer(trust=True))
    assert not answered.isVisible()
    assert first.answer.result(0) == HostKeyAnswer(trust=True)
    assert isinstance(shown(prompts), CodesDialog)
    assert not second.answer.done()


def test_enter_in_haste_does_not_trust_a_host_key(qtbot: QtBot, prompts: Prompts) -> None:
    question = scenes.host_key_question()
    prompts.ask(question)
    dialog = shown(prompts)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert question.answer.result(0) is None
    assert not dialog.isVisible()


def test_a_host_key_is_trusted_by_its_own_button(qtbot: QtBot, prompts: Prompts) -> None:
    question = scenes.host_key_question()
    prompts.ask(question)
    button = shown(prompts).findChild(QPushButton, "trust")
    assert button is not None
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert question.answer.result(0) == HostKeyAnswer(trust=True)


def test_the_fingerprint_can_be_selected_and_copied_exactly(prompts: Prompts) -> None:
    prompts.ask(scenes.host_key_question())
    texts = {child.property("text") for child in shown(prompts).findChildren(QObject)}
    assert scenes.FINGERPRINT in texts
    assert scenes.RANDOMART in texts


def test_closing_a_prompt_cancels(prompts: Prompts) -> None:
    question = scenes.passphrase_question()
    prompts.ask(question)
    dialog = shown(prompts)
    dialog.close()
    assert not dialog.isVisible()
    assert question.answer.result(0) is None
    assert prompts.dialog is None


def test_a_withdrawn_question_goes_away_without_an_answer(prompts: Prompts) -> None:
    first, second = scenes.passphrase_question(), scenes.codes_question()
    prompts.ask(first)
    prompts.ask(second)
    first.answer.cancel()
    prompts.withdraw(first.id)
    last = shown(prompts)
    assert isinstance(last, CodesDialog)
    prompts.withdraw(second.id)
    assert prompts.dialog is None
    assert not last.isVisible()
    assert not second.answer.done()


def test_an_answer_that_comes_too_late_is_no_error(prompts: Prompts) -> None:
    question = scenes.passphrase_question()
    prompts.ask(question)
    question.answer.cancel()
    shown(prompts).answer(SecretAnswer("x"))
    assert prompts.dialog is None


def test_quitting_cancels_what_is_asked_and_what_waits(prompts: Prompts) -> None:
    questions: list[Question] = [
        scenes.passphrase_question(),
        scenes.host_key_question(),
        scenes.codes_question(),
    ]
    for question in questions[:2]:
        prompts.ask(question)
    prompts.close()
    prompts.ask(questions[2])
    assert [question.answer.result(0) for question in questions] == [None, None, None]


def test_a_passphrase_is_not_remembered_unless_ticked(qtbot: QtBot, prompts: Prompts) -> None:
    question = scenes.passphrase_question()
    prompts.ask(question)
    dialog = shown(prompts)
    assert isinstance(dialog, SecretDialog)
    assert dialog.field.echoMode() is QLineEdit.EchoMode.Password
    dialog.field.insert("p\u00e4ss w\u00f6rd")  # QTest types ASCII only
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    answer = question.answer.result(0)
    assert answer is not None
    assert (answer.secret, answer.remember) == ("p\u00e4ss w\u00f6rd", False)


def test_ticked_it_is_remembered(qtbot: QtBot, prompts: Prompts) -> None:
    question = scenes.passphrase_question()
    prompts.ask(question)
    dialog = shown(prompts)
    assert isinstance(dialog, SecretDialog)
    dialog.remember.click()
    qtbot.keyClicks(dialog.field, "secret")
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    assert question.answer.result(0) == SecretAnswer("secret", remember=True)


def test_without_a_keyring_the_tick_is_off_and_the_reason_is_said(qtbot: QtBot) -> None:
    fault = Fault.of(FaultCode.KEYRING_MISSING)
    question = scenes.passphrase_question(can_remember=False, reason=SecretReason.WRONG)
    dialog = SecretDialog(question, lambda _answer: None, fault)
    qtbot.addWidget(dialog)
    assert not dialog.remember.isEnabled()
    words = " ".join(str(child.property("text")) for child in dialog.findChildren(QObject))
    assert "offers no keyring" in words
    assert "did not fit" in words


def test_several_codes_are_answered_at_once(qtbot: QtBot, prompts: Prompts) -> None:
    question = scenes.codes_question()
    prompts.ask(question)
    dialog = shown(prompts)
    assert isinstance(dialog, CodesDialog)
    assert [field.echoMode() for field in dialog.fields] == [
        QLineEdit.EchoMode.Password,
        QLineEdit.EchoMode.Normal,
    ]
    qtbot.keyClicks(dialog.fields[0], "secret")
    qtbot.keyClicks(dialog.fields[1], "123456")
    qtbot.keyClick(dialog.fields[1], Qt.Key.Key_Return)
    assert question.answer.result(0) == CodesAnswer(("secret", "123456"))
