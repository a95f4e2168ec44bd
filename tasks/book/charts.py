"""The ledger's charts: by day, by office, by kind, drawn from the cells of the other sheets."""

from openpyxl import Workbook
from openpyxl.chart import BarChart, LineChart, PieChart, Reference
from openpyxl.chart.label import DataLabelList
from openpyxl.worksheet.worksheet import Worksheet

from tasks.book.cells import one, streamed
from tasks.book.month import Month
from tasks.book.words import CHARTS, DAYS, LABELS, SHEETS

#: More bars than these nobody reads.
MOST_BARS = 15
WIDE, HIGH = 30, 10  # centimetres


def write_charts(book: Workbook, month: Month, groups: dict[str, int]) -> None:
    """The sheet of charts. `groups`: how many rows each sheet of groups has."""
    sheet = streamed(book, CHARTS, [14] * 12, one_page=True)
    sheet.append([one(sheet, f"{month.year}년 {month.month}월 도표", style="title")])
    if not groups["kind"]:
        sheet.append([one(sheet, "이 달에는 접수된 건이 없습니다.", style="note")])
        return
    sheet.add_chart(_by_day(book[DAYS], len(month.days())), "A3")
    sheet.add_chart(_by_office(book[SHEETS["office"]], groups["office"]), "A25")
    sheet.add_chart(_by_kind(book[SHEETS["kind"]], groups["kind"]), "A52")


def _by_day(days: Worksheet, length: int) -> LineChart:
    chart = LineChart()
    chart.title, chart.width, chart.height = "일별 접수와 답변", WIDE, HIGH
    chart.add_data(
        Reference(days, min_col=4, min_row=1, max_col=5, max_row=length + 1), titles_from_data=True
    )
    chart.set_categories(Reference(days, min_col=1, min_row=2, max_row=length + 1))
    chart.x_axis.number_format = "d"
    chart.x_axis.title, chart.y_axis.title = "일", "건"
    _show_axes(chart)
    for series, colour in zip(chart.series, ("063A74", "D63D4A"), strict=True):
        series.graphicalProperties.line.solidFill = colour
        series.smooth = False
    chart.series[1].graphicalProperties.line.dashStyle = "dash"  # told apart without colour too
    return chart


def _by_office(offices: Worksheet, rows: int) -> BarChart:
    chart = BarChart()
    shown = min(rows, MOST_BARS)
    chart.title = f"접수가 많은 기관 {shown}곳" if rows > shown else "기관별 접수"
    chart.type, chart.width, chart.height = "bar", WIDE, HIGH + 2
    _draw_received(chart, offices, "office", shown)
    chart.x_axis.scaling.orientation = "maxMin"  # the first row on top,
    chart.y_axis.crosses = "max"  # and the numbers below all the same
    chart.y_axis.title, chart.legend = "건", None
    chart.dataLabels = _labels(showVal=True)
    chart.gapWidth = 40
    _show_axes(chart)
    return chart


def _by_kind(kinds: Worksheet, rows: int) -> PieChart:
    chart = PieChart()
    chart.title, chart.width, chart.height = "유형별 접수", WIDE // 2, HIGH
    _draw_received(chart, kinds, "kind", rows)
    chart.dataLabels = _labels(showCatName=True, showPercent=True)
    chart.legend = None
    return chart


def _draw_received(chart: BarChart | PieChart, sheet: Worksheet, grouping: str, rows: int) -> None:
    """The first column of figures, named by the last column of labels."""
    labels = len(LABELS[grouping][0])
    chart.add_data(
        Reference(sheet, min_col=labels + 1, min_row=1, max_row=rows + 1), titles_from_data=True
    )
    chart.set_categories(Reference(sheet, min_col=labels, min_row=2, max_row=rows + 1))


def _labels(**shown: bool) -> DataLabelList:
    """Labels with these parts alone; a part that is left unsaid would be shown."""
    parts = ("showVal", "showCatName", "showSerName", "showPercent", "showLegendKey")
    return DataLabelList(**dict.fromkeys(parts, False) | shown)


def _show_axes(chart: LineChart | BarChart) -> None:
    # openpyxl leaves this unsaid, which newer versions of Excel take for hidden
    chart.x_axis.delete = chart.y_axis.delete = False
