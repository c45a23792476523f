"""The questionnaire as tables: a row an option of a question and a village; a row a pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taobaogis.maps.model import Label
from taobaogis.reports.tables import csv_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from taobaogis.social.survey import Survey

__all__ = ["association_csv", "association_words", "survey_csv", "survey_table"]


def survey_table(survey: Survey) -> pd.DataFrame:
    """Frequencies with the words of questions and options.

    Parameters
    ----------
    survey
        As from `taobaogis.social.survey.survey_of`.

    Returns
    -------
    table
        Columns as in `taobaogis.social.frequencies.FREQUENCY_COLUMNS`, and ``question_en``,
        ``question_zh``, ``option_en``, ``option_zh``.
    """
    questions = {q.id: (q.name_en, q.name_zh) for q in survey.codebook.questions}
    options = {
        (q.id, o.code): (o.en or o.code, o.zh or o.en or o.code)
        for q in survey.codebook.questions
        for o in q.options
    }
    table = survey.table
    keys = list(zip(table["question"], table["option"], strict=True))
    return table.assign(
        question_en=[questions[q][0] for q, _ in keys],
        question_zh=[questions[q][1] for q, _ in keys],
        option_en=[options[key][0] for key in keys],
        option_zh=[options[key][1] for key in keys],
    )


def survey_csv(survey: Survey) -> str:
    """The same table as CSV text; as `taobaogis.reports.tables.csv_text`."""
    words = ("question", "option", "question_en", "question_zh", "option_en", "option_zh")
    return csv_text(survey_table(survey), texts=words)


def association_csv(survey: Survey) -> str:
    """How questions go together, as CSV text; as `taobaogis.reports.tables.csv_text`.

    Parameters
    ----------
    survey
        As from `taobaogis.social.survey.survey_of`.

    Returns
    -------
    text
        Columns as in `taobaogis.social.cross.ASSOCIATION_COLUMNS`.
    """
    return csv_text(survey.associations, texts=("question", "other", "option"))


def association_words(survey: Survey) -> Iterator[tuple[Label, Label, float, float, Label]]:
    """The pairs whose test is told, the strongest first.

    Parameters
    ----------
    survey
        As from `taobaogis.social.survey.survey_of`.

    Yields
    ------
    question, other, cramers_v, p_adjusted, warning
        With the words of the codebook; of an option of several also what it is.
    """
    names = {q.id: Label(q.name_en, q.name_zh) for q in survey.codebook.questions}
    options = {
        (q.id, o.code): Label(o.en or o.code, o.zh or o.en or o.code)
        for q in survey.codebook.questions
        for o in q.options
    }
    for row in survey.associations.dropna(subset=["p"]).to_dict("records"):
        other = names[row["other"]]
        if row["option"]:
            option = options[row["other"], row["option"]]
            other = Label(f"{other.en}: {option.en}", f"{other.zh}：{option.zh}")
        warning = Label(row["warning"], row["warning_zh"])
        yield names[row["question"]], other, row["cramers_v"], row["p_adjusted"], warning
