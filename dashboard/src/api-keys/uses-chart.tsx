import BarChart from "@cloudscape-design/components/bar-chart";
import type { ReactNode } from "react";
import { dayInWords } from "../common/day";
import type { UseKind, UsesOfDay } from "./uses";

const SHORT = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
/** The color of refused requests, in light and dark. The other colors are Cloudscape's. */
const REFUSED = "var(--refused)";

/** The uses of a key, one bar a day, with a part for each scope. */
export default function UsesChart(props: {
  days: readonly UsesOfDay[];
  kinds: readonly UseKind[];
}): ReactNode {
  const { days, kinds } = props;
  const most = Math.max(...days.map((day) => kinds.reduce((sum, { count }) => sum + count(day), 0)));
  return (
    <BarChart
      stackedBars
      hideFilter
      height={180}
      ariaLabel="Requests a day"
      xScaleType="categorical"
      xDomain={days.map(({ date }) => date)}
      yDomain={[0, most]}
      yTitle="Requests"
      xTitle="Day"
      series={kinds.map(({ id, title, count }) => ({
        type: "bar",
        title,
        data: days.map((day) => ({ x: day.date, y: count(day) })),
        ...(id === "refused" && { color: REFUSED }),
      }))}
      i18nStrings={{
        chartAriaRoleDescription: "bar chart",
        detailPopoverDismissAriaLabel: "Close",
        legendAriaLabel: "Legend",
        xTickFormatter: (date) => SHORT.format(new Date(`${date}T00:00:00Z`)),
        yTickFormatter: (count) => count.toLocaleString(),
      }}
      detailPopoverSeriesContent={({ series, y }) => ({ key: series.title, value: y.toLocaleString() })}
      detailPopoverFooter={(date) => dayInWords(String(date), navigator.language)}
    />
  );
}
