"""Places along streets: shops, workshops, express points and what else a village lives on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import STRtree

from taobaogis.loaders.sample.draft import Spot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from taobaogis.loaders.sample.draft import Front, House

__all__ = ["settle_places"]

# Syllables that shops are named with, in both scripts by turns.
_SYLLABLES = (
    "顺 Shun 发 Fa 永 Yong 兴 Xing 旺 Wang 达 Da 丰 Feng 泰 Tai 宏 Hong 盛 Sheng 嘉 Jia 美 Mei "
    "诚 Cheng 信 Xin 利 Li 源 Yuan 恒 Heng 昌 Chang 福 Fu 荣 Rong 华 Hua 聚 Ju 鑫 Xin"
)
_LUCKY = _SYLLABLES.split()

# Tag, Chinese and English name; an empty name leaves the place without one.
_KINDS: dict[str, tuple[str, str, str]] = {
    "courier": ("office=courier", "快递", "Express"),
    "post": ("amenity=post_office", "邮政所", "Post Office"),
    "locker": ("amenity=parcel_locker", "", ""),
    "photo": ("shop=photo", "淘宝摄影", "Photo Studio"),
    "copy": ("shop=copyshop", "文印", "Copy Shop"),
    "tailor": ("craft=tailor", "制衣", "Garment Workshop"),
    "packing": ("craft=packaging", "包装", "Packing"),
    "wholesale": ("shop=wholesale", "批发", "Wholesale"),
    "clothes": ("shop=clothes", "服装", "Clothing"),
    "fabric": ("shop=fabric", "布行", "Fabrics"),
    "parts": ("shop=car_parts", "汽配", "Auto Parts"),
    "repair": ("shop=car_repair", "汽修", "Car Repair"),
    "store": ("shop=convenience", "便利店", "Store"),
    "market": ("shop=supermarket", "超市", "Supermarket"),
    "hair": ("shop=hairdresser", "理发", ""),
    "phone": ("shop=mobile_phone", "手机", "Phones"),
    "hardware": ("shop=hardware", "五金", "Hardware"),
    "fruit": ("shop=greengrocer", "生果", ""),
    "noodles": ("amenity=restaurant", "饭店", "Restaurant"),
    "fast": ("amenity=fast_food", "肠粉", ""),
    "cafe": ("amenity=cafe", "茶饮", "Tea House"),
    "bank": ("amenity=bank", "农商银行", "Bank"),
    "atm": ("amenity=atm", "", ""),
    "training": ("amenity=training", "电商培训", "E-commerce Training"),
    "clinic": ("amenity=clinic", "卫生站", "Clinic"),
    "pharmacy": ("amenity=pharmacy", "药房", "Pharmacy"),
    "toilets": ("amenity=toilets", "", ""),
    "hostel": ("tourism=guest_house", "公寓", "Rooms"),
}

_MIXES: dict[str, Mapping[str, float]] = {
    "old": {"store": 4, "fast": 3, "hair": 2, "fruit": 2, "clinic": 0.6, "toilets": 0.8,
            "tailor": 2, "courier": 0.5, "hostel": 1.5, "hardware": 1},
    "new": {"courier": 5, "post": 0.4, "locker": 1, "photo": 2.4, "copy": 0.8, "tailor": 3,
            "packing": 1.2, "wholesale": 2, "clothes": 4, "fabric": 1.5, "store": 3, "noodles": 3,
            "fast": 2, "cafe": 1.2, "bank": 0.6, "atm": 0.5, "training": 1, "pharmacy": 0.8,
            "phone": 1, "hair": 1, "toilets": 0.2},
    "main": {"parts": 5, "repair": 3, "hardware": 3, "courier": 2, "locker": 0.4, "wholesale": 2,
             "store": 3, "market": 0.6, "noodles": 4, "fast": 2, "bank": 0.8, "pharmacy": 0.8,
             "clinic": 0.4, "phone": 1.5, "hostel": 1.5, "photo": 0.3, "toilets": 0.3},
    "lane": {"store": 3, "fast": 1, "hair": 1, "tailor": 3, "courier": 0.6, "hostel": 2,
             "toilets": 0.5, "locker": 0.5},
    "city": {"store": 3, "market": 1, "noodles": 4, "cafe": 2, "bank": 1.2, "pharmacy": 1,
             "clothes": 2, "hair": 1, "courier": 0.5, "locker": 1, "post": 0.2},
    "clothing": {"wholesale": 8, "clothes": 6, "fabric": 3, "courier": 2, "fast": 1, "bank": 0.5},
    "auto": {"wholesale": 5, "parts": 9, "repair": 2, "courier": 1, "fast": 1, "bank": 0.4},
}  # fmt: skip


_SHARES = {
    name: (list(mix), np.array(list(mix.values())) / sum(mix.values()))
    for name, mix in _MIXES.items()
}


def settle_places(fronts: Sequence[Front], houses: Sequence[House], rng: Generator) -> list[Spot]:
    """Places in the ground floors along streets.

    Parameters
    ----------
    fronts
        Streets with the mix and density of their places.
    houses
        A place is only where there is a house to hold it.
    rng
        Source of chance.

    Returns
    -------
    spots
        Points just behind the façades, with OSM tags.
    """
    candidates = [_beside(front, side, rng) for front in fronts for side in (1.0, -1.0)]
    mixes = [front.mix for front in fronts for _ in range(2)]
    points = np.asarray(shapely.points(np.concatenate(candidates)))
    mix_of = np.repeat(mixes, [len(xy) for xy in candidates])
    tree = STRtree([house.shape for house in houses])
    housed = np.unique(tree.query(points, predicate="within")[0])
    spots = []
    for point, mix in zip(points[housed], mix_of[housed], strict=True):
        kinds, shares = _SHARES[str(mix)]
        spots.append(Spot(point, _tags(str(rng.choice(kinds, p=shares)), rng)))
    return spots


def _beside(front: Front, side: float, rng: Generator) -> NDArray[np.float64]:
    """Points along one side of a street, at distances that vary about the mean."""
    number = int(front.line.length / front.every_m) + 1
    steps = np.cumsum(rng.uniform(0.45, 1.55, number)) - rng.uniform(0, 1)
    at = np.clip(steps * front.every_m, 0.5, front.line.length - 0.5)
    before, after = (
        shapely.get_coordinates(shapely.line_interpolate_point(front.line, at + step))
        for step in (-0.5, 0.5)
    )
    along = after - before
    aside = np.column_stack([-along[:, 1], along[:, 0]]) / np.hypot(*along.T)[:, None]
    beside: NDArray[np.float64] = (before + after) / 2 + side * front.aside_m * aside
    return beside[steps * front.every_m < front.line.length]


def _tags(kind: str, rng: Generator) -> dict[str, str]:
    tag, name, name_en = _KINDS[kind]
    key, value = tag.split("=")
    tags = {key: value}
    first, second = (2 * int(i) for i in rng.integers(0, len(_LUCKY) // 2, 2))
    if name and rng.random() < 0.8:  # noqa: PLR2004 - many are mapped without a name
        tags["name"] = f"{_LUCKY[first]}{_LUCKY[second]}{name}"
        if name_en and rng.random() < 0.5:  # noqa: PLR2004
            tags["name:en"] = f"{_LUCKY[first + 1]}{_LUCKY[second + 1].lower()} {name_en}"
    return tags
