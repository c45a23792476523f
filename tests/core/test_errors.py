import pytest

from taobaogis import errors


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.CRSError, 2),
        (errors.SchemaError, 2),
        (errors.StudyError, 2),
        (errors.PlaceNotFoundError, 3),
        (errors.SourceUnavailableError, 3),
        (errors.SourceDataError, 3),
        (errors.ExportError, 4),
    ],
)
def test_each_error_tells_the_command_line_who_can_mend_it(kind, code):
    assert kind.exit_code == code
    assert issubclass(kind, errors.TaobaoGISError)


def test_errors_are_caught_by_those_who_know_only_python():
    assert issubclass(errors.InputError, ValueError)
    assert issubclass(errors.SourceError, OSError)
    assert issubclass(errors.PlaceNotFoundError, LookupError)
    assert issubclass(errors.SourceUnavailableError, ConnectionError)


def test_the_nearest_spelling_is_offered_whatever_its_case():
    assert errors.did_you_mean("Liredong", ["lirendong", "yushatan"]) == "Did you mean 'lirendong'?"


def test_without_a_near_spelling_all_are_listed():
    assert errors.did_you_mean("q", ["b", "a"]) == "Known are: a, b."
    assert errors.did_you_mean("q", []) == ""


def test_of_many_known_words_the_first_are_listed_and_the_rest_is_counted():
    offer = errors.did_you_mean("zzz", [f"word-{i:03}" for i in range(50)])
    assert offer.startswith("Known are: word-000, ")
    assert offer.endswith("word-019, and 30 more.")
