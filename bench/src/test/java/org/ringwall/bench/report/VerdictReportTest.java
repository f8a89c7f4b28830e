// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.ringwall.bench.Summary;
import org.ringwall.bench.Table;
import org.ringwall.bench.field.Workload;
import org.ringwall.bench.verdict.Cell;
import org.ringwall.bench.verdict.ProgramStats;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class VerdictReportTest {
    private static final VerdictReport REPORT = new VerdictReport(
            Workload.PORTS,
            List.of(
                    cell(2, "ringwall", measured(0.4, 0.2, 10)),
                    cell(2, "C & others", measured(3, 6, 20)),
                    cell(10, "ringwall", measured(2, 4, 30)),
                    cell(10, "C & others", new Cell.Failed("no compile", "too <hard>"))));

    private static Cell cell(int size, String contestant, Cell.Outcome outcome) {
        return new Cell(Workload.PORTS, size, contestant, outcome);
    }

    private static Cell.Measured measured(double hit, double miss, int insns) {
        return new Cell.Measured(
                flat(hit),
                flat(miss),
                flat(0),
                new ProgramStats(insns, 100, 2 * insns, 1, 1),
                new Cell.Costs(0.25, 1.5, 8),
                OptionalDouble.of(12.34),
                100,
                0);
    }

    private static Summary flat(double value) {
        return new Summary(value, value, value, value, value);
    }

    @Test
    void aFailureIsACellThatSaysSo() {
        Table table = REPORT.table("method");
        List<String> row = table.rows().get(3);
        assertThat(row).startsWith("10", "C & others").contains("no compile");
        assertThat(row).hasSameSizeAs(table.columns());
        assertThat(table.notes()).containsExactly("10 C & others: no compile: too <hard>");
    }

    @Test
    void theWorseOfHitAndMissCounts() {
        Table table = REPORT.table("method");
        assertThat(value(table, 1, "worst ns")).isEqualTo("6.0");
        assertThat(value(table, 0, "worst ns")).isEqualTo("0.4");
    }

    @Test
    void ratiosAreToOursAndNotToNoise() {
        Table table = REPORT.table("method");
        assertThat(value(table, 0, "× ringwall")).isEqualTo("1.00");
        assertThat(value(table, 1, "× ringwall")).isEqualTo("6.00");
        assertThat(value(table, 2, "× ringwall")).isEqualTo("1.00");
        assertThat(value(table, 3, "× ringwall")).isEqualTo("–");
    }

    @Test
    void theStandingIsAgainstTheFastestThatHasAFigure() {
        List<Cell> cells = new java.util.ArrayList<>(REPORT.cells());
        cells.add(1, cell(2, "slower", measured(50, 60, 70)));
        cells.add(cell(50, "ringwall", new Cell.Failed("no compile", "too long")));
        cells.add(cell(50, "C & others", measured(3, 8, 20)));
        Table table = Standing.table(cells);
        assertThat(table.rows())
                .containsExactly(
                        List.of("ports", "2", "0.4", "10", "20", "C & others", "6.0", "20", "6.00"),
                        List.of("ports", "10", "4.0", "30", "60", "–", "–", "–", "–"),
                        List.of("ports", "50", "no compile", "–", "–", "C & others", "8.0", "20", "–"));
    }

    private static String value(Table table, int row, String column) {
        return table.rows().get(row).get(table.columns().indexOf(column));
    }

    @Test
    void recordsHoldFiguresOrTheReason() {
        List<Map<String, Object>> records = REPORT.records();
        assertThat(records).hasSize(4);
        assertThat(records.get(1))
                .containsEntry("miss_ns", List.of(6.0, 6.0, 6.0, 6.0, 6.0))
                .containsEntry("insns", 20)
                .containsEntry("compile_ms", 12.34)
                .doesNotContainKey("failed");
        assertThat(records.get(3)).containsEntry("failed", "no compile").doesNotContainKey("insns");
    }

    @Test
    void aPlotIsXmlWithALineForEachAndACrossForWhatFailed() throws Exception {
        Document plot = parse(REPORT.plot());
        assertThat(plot.getElementsByTagName("polyline").getLength()).isEqualTo(6 * 2);
        // The first of two series has two figures in each panel, and a symbol in the legend.
        assertThat(elements(plot, "circle")).isEqualTo(6 * 2 + 1);
        assertThat(REPORT.plot())
                .contains(
                        "ns per decision",
                        "instructions",
                        "processed by the verifier",
                        "load, ms",
                        "memory",
                        "ready, ms");
        assertThat(REPORT.plot()).contains("C &amp; others", "prefers-color-scheme: dark", "class=\"miss s1\"");
    }

    @Test
    void oneSizeIsDrawnAsBars() throws Exception {
        VerdictReport one = new VerdictReport(Workload.PACKETS, REPORT.cells().subList(0, 2));
        Document plot = parse(one.plot());
        assertThat(plot.getElementsByTagName("polyline").getLength()).isZero();
        // The page, and a bar for each of two figures in each of six panels.
        assertThat(elements(plot, "rect")).isEqualTo(1 + 6 * 2);
        assertThat(one.plot()).contains(">0.25<", ">1.5<", ">20<");
    }

    @Test
    void threePanelsAreBesideEachOtherAndNothingIsOutside() throws Exception {
        for (String svg : List.of(
                REPORT.plot(),
                new VerdictReport(Workload.PACKETS, REPORT.cells().subList(0, 2)).plot())) {
            Document plot = parse(svg);
            double width = number(plot.getDocumentElement(), "width");
            double height = number(plot.getDocumentElement(), "height");
            List<Element> texts = all(plot, "text");
            assertThat(texts).isNotEmpty().allSatisfy(text -> {
                assertThat(number(text, "x")).isBetween(0.0, width);
                assertThat(number(text, "y")).isBetween(0.0, height);
            });
            List<Element> headings = texts.stream()
                    .filter(text -> text.getAttribute("class").equals("heading"))
                    .toList();
            assertThat(headings.stream().map(text -> number(text, "x")).distinct())
                    .hasSize(3);
            assertThat(headings.stream().map(text -> number(text, "y")).distinct())
                    .hasSize(2);
        }
    }

    private static List<Element> all(Document plot, String name) {
        NodeList nodes = plot.getElementsByTagName(name);
        return IntStream.range(0, nodes.getLength())
                .mapToObj(i -> (Element) nodes.item(i))
                .toList();
    }

    private static double number(Element element, String attribute) {
        return Double.parseDouble(element.getAttribute(attribute));
    }

    private static int elements(Document plot, String name) {
        return plot.getElementsByTagName(name).getLength();
    }

    private static Document parse(String svg) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
    }
}
