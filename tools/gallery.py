"""Write the gallery in ``maps/`` from the sample study: ``make gallery``.

Pictures of the figures and of a village's page in a browser, and one page that shows them. Equal
programs and fonts give equal bytes.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from pictures import smaller
from playwright.sync_api import sync_playwright

from taobaogis import Settings, load_study
from taobaogis.maps.model import Label
from taobaogis.maps.spec import village_maps
from taobaogis.maps.static import figure_bytes, figures
from taobaogis.maps.web import render_village_page
from taobaogis.pipeline import measure_study

OUT = Path(__file__).resolve().parents[1] / "maps"
SHOWN = {
    "figure-ground": Label("Buildings and open ground, at one scale", "图底关系（同一比例尺）"),
    "street-width-laocun": Label("Street width between façades", "街巷宽度（立面间距）"),
    "lanes-laocun": Label("Lanes between the houses, by their narrowest place", "房屋间巷道净宽"),
    "vehicles-laocun": Label("Reach of vehicles, and what stops them", "车辆可达范围与瓶颈点"),
    "gaps-laocun": Label("Gaps between houses", "房屋间距"),
    "parts-xincun": Label("Old and new parts", "新旧片区"),
    "land-use-dajie": Label("Land use", "土地利用"),
    "clusters-dajie": Label("Places and clusters", "设施点与聚集区"),
    "access-laocun": Label("The way to the right markets", "前往对口批发市场"),
    "reach-laocun": Label("Within 5, 10 and 15 minutes", "5、10、15分钟可达范围"),
    "street-width-histogram": Label("Length of street by its width", "街巷宽度分布"),
    "street-rose": Label("Directions of the streets", "街巷走向"),
    "travel-times": Label("Time to a right market", "到对口批发市场的时间"),
}
PAGES = {
    "page": (Label("A village's page, offline", "村庄页面（离线）"), (1280, 800)),
    "page-phone": (Label("The same on a phone", "手机上的页面"), (390, 844)),
}
_FIGURE_PX = 860


def main() -> None:
    """Write pictures and page."""
    run = measure_study(load_study("sample"), Settings.from_environment(offline=True))
    maps = village_maps(run)
    drawers = figures(maps)
    for old in OUT.glob("*.png"):
        old.unlink()
    for name in SHOWN:
        picture = smaller(figure_bytes(drawers[name]()), width_px=_FIGURE_PX)
        (OUT / f"{name}.png").write_bytes(picture)
    shoot(render_village_page(maps[0]))
    (OUT / "README.md").write_text(page(), encoding="utf-8")
    size = sum(path.stat().st_size for path in OUT.glob("*.png"))
    print(f"{len(SHOWN) + len(PAGES)} pictures, {size / 1e3:.0f} kB")


def shoot(html: str) -> None:
    """Pictures of a page in a browser without network."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        path = Path(folder) / "page.html"
        path.write_text(html, encoding="utf-8")
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name, (_, (width, height)) in PAGES.items():
            context = browser.new_context(
                viewport={"width": width, "height": height}, offline=True, locale="en-GB"
            )
            tab = context.new_page()
            tab.goto(path.as_uri())
            tab.wait_for_selector("body[data-ready]")
            tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => done()))")
            (OUT / f"{name}.png").write_bytes(smaller(tab.screenshot()))
            context.close()
        browser.close()


def page() -> str:
    """The page that shows them, in both languages."""
    lines = [
        "# Gallery 图集",
        "",
        "Made from the sample study by `make gallery`. **These villages do not exist.**",
        "",
        "由 `make gallery` 根据示例研究生成，**村庄均为虚构**。",
    ]
    captions = {name: label for name, (label, _) in PAGES.items()} | SHOWN
    for name, label in captions.items():
        lines += ["", f"## {label.en} {label.zh}", "", f"![{label.en}]({name}.png)"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
