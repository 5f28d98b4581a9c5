"""The measures we know: names, symbols, sizes. Data only; `units` reads words with it."""

from __future__ import annotations

from fractions import Fraction

BASE: dict[str, tuple[str, Fraction]] = {}
"""name -> (dimension, exact size in the dimension's base unit)"""
COMPOUND: dict[str, tuple[str, Fraction]] = {}
"""name -> (product of other names, exact factor)"""


def _define(dimension: str, table: dict[str, str | int]) -> None:
    for names, size in table.items():
        for name in names.split():
            BASE[name] = (dimension, Fraction(size))


def _derive(table: dict[str, tuple[str, str | int]]) -> None:
    for names, (product, size) in table.items():
        for name in names.split():
            COMPOUND[name] = (product, Fraction(size))


_define("m", {
    "m meter metre 米": 1, "in inch inches '' 英寸": "0.0254", "ft foot feet ' 英尺": "0.3048", "yd yard": "0.9144",
    "mi mile 英里": "1609.344", "km 千米 公里": 1000, "cm 厘米": "1/100", "mm 毫米": "1/1000", "dm 分米": "1/10",
    "furlong": "201.168", "nmi": 1852, "lightyear ly": 9460730472580800, "angstrom Å": "1/10000000000",
    "AU": 149597870700, "里": 500,
})  # fmt: skip
_define("kg", {
    "g gram 克": "1/1000", "kg 千克 公斤": 1, "t tonne 吨": 1000, "lb lbs pound": "0.45359237",
    "oz ounce": "0.028349523125", "ton": "907.18474", "毫克": "1/1000000", "斤": "1/2", "stone": "6.35029318",
})  # fmt: skip
_define("s", {
    "s sec second 秒 秒钟": 1, "min minute 分钟": 60, "h hr hour 小时 时 钟头": 3600, "day 天 日": 86400,
    "week wk 周 星期": 604800, "fortnight": 1209600, "ms": "1/1000",
})  # fmt: skip
_define("month", {"month 月 个月": 1, "year yr 年": 12, "decade": 120, "century centuries 世纪": 1200})
_define("A", {"A amp ampere": 1})
_define("K", {"K kelvin": 1})
_define("mol", {"mol mole": 1})
_define("degF", {"degF": 1})
_define("degC", {"degC celsius": 1})
_define("USD", {"USD dollar buck 美元": 1, "cent ¢": "1/100"})
_define("EUR", {"EUR euro 欧元": 1})
_define("GBP", {"GBP": 1, "pence": "1/100"})
_define("CNY", {"CNY RMB yuan 元 块 块钱 元钱": 1, "角 毛钱": "1/10"})
_define("INR", {"INR Rs rs rupee": 1})
_define("JPY", {"JPY yen 日元": 1})
_define("bit", {"bit": 1, "byte": 8})
_define("rad", {"radian rad 弧度": 1})
_define("deg", {"deg degree 度 °": 1})
_define("rev", {"rev revolution": 1})
_define("unit", {"unit 单位": 1})  # says only the dimension: "12 square units"

_derive({
    "mph": ("mi*h^-1", 1), "kph kmh kmph": ("km*h^-1", 1), "fps": ("ft*s^-1", 1), "mps": ("m*s^-1", 1),
    "knot": ("nmi*h^-1", 1), "rpm": ("rev*min^-1", 1), "mpg": ("mi*gallon^-1", 1),
    "L l liter litre 升": ("dm^3", 1), "毫升 cc": ("cm^3", 1), "gallon gal": ("in^3", 231),
    "quart qt": ("gallon", "1/4"),
    "pint pt": ("gallon", "1/8"), "cup": ("gallon", "1/16"), "floz": ("gallon", "1/128"),
    "tablespoon tbsp": ("gallon", "1/256"), "teaspoon tsp": ("gallon", "1/768"),
    "ha hectare 公顷": ("m^2", 10000), "acre": ("ft^2", 43560), "亩": ("m^2", "2000/3"), "sqft": ("ft^2", 1),
    "sqm": ("m^2", 1),
    "N newton 牛 牛顿": ("kg*m*s^-2", 1), "dyne dyn": ("kg*m*s^-2", "1/100000"),
    "J joule 焦 焦耳": ("kg*m^2*s^-2", 1), "erg": ("J", "1/10000000"), "eV electronvolt": ("J", "1.602176634e-19"),
    "cal calorie": ("J", "4.184"), "Wh": ("W*h", 1), "kWh kwh 度电": ("W*h", 1000),
    "W watt 瓦": ("kg*m^2*s^-3", 1), "千瓦": ("W", 1000), "千瓦时": ("W*h", 1000),
    "hp horsepower": ("W", "745.69987158227022"),
    "Pa pascal 帕": ("kg*m^-1*s^-2", 1), "bar": ("Pa", 100000), "atm atmosphere": ("Pa", 101325),
    "V volt 伏": ("kg*m^2*s^-3*A^-1", 1), "Ω ohm 欧 欧姆": ("kg*m^2*s^-3*A^-2", 1), "C coulomb 库": ("A*s", 1),
    "F farad": ("kg^-1*m^-2*s^4*A^2", 1), "H henry henries": ("kg*m^2*s^-2*A^-2", 1), "T tesla": ("kg*s^-2*A^-1", 1),
    "gauss": ("T", "1/10000"), "Wb weber": ("kg*m^2*s^-2*A^-1", 1), "siemens": ("kg^-1*m^-2*s^3*A^2", 1),
    "kilohm": ("ohm", 1000), "megohm": ("ohm", 1000000),
    "Hz hz hertz 赫兹": ("s^-1", 1), "Bq becquerel": ("s^-1", 1), "M molar": ("mol*L^-1", 1),
})  # fmt: skip

_PREFIXES = {"k": ("kilo", 3), "M": ("mega", 6), "G": ("giga", 9), "m": ("milli", -3), "µ": ("micro", -6),
             "u": ("micro", -6), "n": ("nano", -9), "c": ("centi", -2), "d": ("deci", -1), "p": ("pico", -12),
             "T": ("tera", 12), "h": ("hecto", 2)}  # fmt: skip
_PREFIXED = {
    "m": ("meter metre", "kcdmµunp"), "g": ("gram", "kmµun"), "s": ("second", "mµunp"), "A": ("amp ampere", "mµunk"),
    "V": ("volt", "kmMµu"), "W": ("watt", "kmMG"), "J": ("joule", "kmM"), "N": ("newton", "kmMµu"),
    "Pa": ("pascal", "kMGh"), "Hz": ("hertz", "kMGT"), "Ω": ("ohm", "kMm"), "C": ("coulomb", "mµunp"),
    "F": ("farad", "mµunp"), "H": ("henry", "mµu"), "T": ("tesla", "mµu"), "L": ("liter litre", "mcdµu"),
    "l": ("", "mcd"), "eV": ("electronvolt", "kMG"), "cal": ("calorie", "k"), "mol": ("mole", "mµuk"),
    "bar": ("", "m"), "t": ("", "M"), "bit": ("", "kMG"),
}  # fmt: skip


def _prefix() -> None:
    for symbol, (names, allowed) in _PREFIXED.items():
        for prefix in allowed:
            long, power = _PREFIXES[prefix]
            scale = Fraction(10) ** power
            for name in (prefix + symbol, *(long + word for word in names.split())):
                if name in BASE or name in COMPOUND:
                    continue
                if symbol in BASE:
                    BASE[name] = (BASE[symbol][0], BASE[symbol][1] * scale)
                else:
                    COMPOUND[name] = (symbol, scale)


_prefix()

SPELLINGS = {
    "°c": "degC", "°f": "degF", "degrees celsius": "degC", "degrees fahrenheit": "degF", "light-year": "lightyear",
    "light year": "lightyear", "fluid ounce": "floz", "fl. oz": "floz", "fl oz": "floz", "nautical mile": "nmi",
    "metric ton": "tonne", "electron volt": "eV", "electron-volt": "eV", "square-": "square ", "cubic-": "cubic ",
    "us dollar": "USD", "u.s. dollar": "USD", "平方公里": "平方千米", "每": " / ",
}  # fmt: skip
"""What is written in several words or signs, and the one name that is meant."""

BARE = frozenset(
    "m g s A K t h N J W V L l km cm mm dm nm um in ft yd mi kg mg lb oz hr ms ml mL cc ha kJ kW kN kV mV mA MJ "
    "MW MN GW Pa Hz hz eV cal bar atm erg rpm mpg mph kph kmh fps gal min sec wk yr day lbs mol rad deg kPa MPa "
    "GPa kHz MHz GHz keV MeV kWh kwh ton usd eur gbp cny rmb inr cup amp bit foot feet inch mile yard week year "
    "hour gram watt volt ohm".split()
)
"""Names short enough to be letters side by side, that are read as units even without \\text around them."""
