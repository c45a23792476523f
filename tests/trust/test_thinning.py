import pytest
from support.thinning import (
    answers_to_houses,
    is_ranked,
    measures_of,
    said_of,
    setting_of,
    thinned,
    within,
)

from taobaogis.loaders.assemble import load_study_data
from taobaogis.settings import Settings
from taobaogis.study import load_study

pytestmark = pytest.mark.shared_data
DRAWS = 6


@pytest.fixture(scope="module")
def xiasha(shared_data, tmp_path_factory):
    study = load_study(str(shared_data / "futian-study.toml"))
    offline = Settings(cache_dir=tmp_path_factory.mktemp("cache"), offline=True)
    villages = load_study_data(study, offline).villages
    setting = setting_of(next(v for v in villages if v.id == "xiasha"), study)
    return setting, _said(setting, setting.village)


def _said(setting, village):
    return said_of(village, measures_of(setting, village, all_of_it=False))


def test_with_a_tenth_of_the_houses_gone_the_truth_stays_within_the_bounds(xiasha):
    setting, whole = xiasha
    for seed in range(DRAWS):
        found = _said(setting, thinned(setting.village, kept=0.9, seed=seed))
        lost = [k for k in found if answers_to_houses(k) and not within(found[k], whole[k])]
        assert lost == [], f"draw {seed}"
        assert is_ranked(setting, found, whole)


def test_with_three_fifths_gone_nothing_is_claimed_and_nothing_ranked(xiasha):
    setting, whole = xiasha
    for seed in range(DRAWS):
        found = _said(setting, thinned(setting.village, kept=0.4, seed=seed))
        grades = {found[k].grade for k in found if answers_to_houses(k)}
        assert grades <= {"D", "NA"}, f"draw {seed}"
        assert found["floor_space_index"].value is None
        assert not is_ranked(setting, found, whole)
