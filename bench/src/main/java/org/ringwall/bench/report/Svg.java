// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.report;

import java.util.List;
import java.util.Locale;

/** An SVG image of lines, rectangles and text, legible on light and dark backgrounds. */
final class Svg {
    /**
     * A colour for each series, on light and on dark backgrounds. The first is that of Ringwall.
     */
    private static final List<String> LIGHT =
            List.of("#d62839", "#1d5fa8", "#2a9d8f", "#8a5a00", "#7b4fa3", "#4f6d1e", "#c2571a", "#5f6b7a");

    private static final List<String> DARK =
            List.of("#ff6b78", "#74b3f5", "#5fd3c5", "#e0b04c", "#c9a0ee", "#a9cf5f", "#ff9d5c", "#aab6c5");

    private final int width;
    private final int height;
    private final StringBuilder body = new StringBuilder();

    Svg(int width, int height) {
        this.width = width;
        this.height = height;
    }

    /** Returns the number of distinct series colours. */
    static int colours() {
        return LIGHT.size();
    }

    Svg line(String style, double x1, double y1, double x2, double y2) {
        return add(String.format(
                Locale.ROOT,
                "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
                style,
                x1,
                y1,
                x2,
                y2));
    }

    Svg rect(String style, double x, double y, double w, double h) {
        return add(String.format(
                Locale.ROOT,
                "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
                style,
                x,
                y,
                Math.max(w, 0.5),
                h));
    }

    /** Adds a line through points, each given as `x,y`. */
    Svg path(String style, List<String> points) {
        return add("<polyline class=\"" + style + "\" points=\"" + String.join(" ", points) + "\"/>");
    }

    /** Adds one of four small markers: circle, square, diamond, triangle. */
    Svg sign(String style, int shape, double x, double y) {
        return switch (Math.floorMod(shape, 4)) {
            case 0 ->
                add(String.format(
                        Locale.ROOT, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/>", style, x, y));
            case 1 -> rect(style, x - 3, y - 3, 6, 6);
            case 2 -> polygon(style, x, y - 4.5, x + 4.5, y, x, y + 4.5, x - 4.5, y);
            default -> polygon(style, x, y - 4, x + 4, y + 3.5, x - 4, y + 3.5);
        };
    }

    /** Adds a cross, which marks a missing figure. */
    Svg cross(String style, double x, double y) {
        return line(style, x - 4, y - 4, x + 4, y + 4).line(style, x - 4, y + 4, x + 4, y - 4);
    }

    /** Adds text; `anchor` is `start`, `middle` or `end`. */
    Svg text(String style, String anchor, double x, double y, String words) {
        return add(String.format(
                Locale.ROOT,
                "<text class=\"%s\" text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>",
                style,
                anchor,
                x,
                y,
                escaped(words)));
    }

    private Svg polygon(String style, double... coordinates) {
        StringBuilder points = new StringBuilder();
        for (int i = 0; i < coordinates.length; i += 2) {
            points.append(point(coordinates[i], coordinates[i + 1])).append(' ');
        }
        return add(
                "<polygon class=\"" + style + "\" points=\"" + points.toString().strip() + "\"/>");
    }

    /** Formats a point for {@link #path}. */
    static String point(double x, double y) {
        return String.format(Locale.ROOT, "%.1f,%.1f", x, y);
    }

    static String escaped(String words) {
        return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private Svg add(String element) {
        body.append(element).append('\n');
        return this;
    }

    /** Returns the content of the file. */
    String file(String title) {
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + width + " " + height + "\" width=\"" + width
                + "\" height=\"" + height + "\" role=\"img\">\n<title>" + escaped(title) + "</title>\n<style>\n"
                + "text { font: 12px system-ui, \"Helvetica Neue\", Arial, sans-serif; }\n"
                + ".title { font-size: 16px; font-weight: 600; }\n.heading { font-weight: 600; }\n"
                + "line, polyline { fill: none; }\npolyline { stroke-width: 1.8; stroke-linejoin: round; }\n"
                + ".miss, .key { stroke-width: 1.8; }\n.ours { stroke-width: 3.2; }\n.dashed { stroke-dasharray: 6 3; }\n"
                + colours("#ffffff", "#1b1f24", "#57606a", "#e3e6ea", LIGHT)
                + "@media (prefers-color-scheme: dark) {\n"
                + colours("#15181d", "#eceff3", "#a3adb9", "#2c323a", DARK)
                + "}\n</style>\n<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n" + body + "</svg>\n";
    }

    private static String colours(String page, String ink, String soft, String grid, List<String> series) {
        StringBuilder css = new StringBuilder();
        css.append(".page { fill: ").append(page).append("; }\n");
        css.append(".title, .heading, .word { fill: ").append(ink).append("; }\n");
        css.append(".soft { fill: ").append(soft).append("; }\n");
        css.append(".grid { stroke: ").append(grid).append("; }\n");
        css.append(".axis { stroke: ").append(soft).append("; }\n");
        for (int i = 0; i < series.size(); i++) {
            css.append(".s")
                    .append(i)
                    .append(" { stroke: ")
                    .append(series.get(i))
                    .append("; }\n");
            css.append(".f").append(i).append(" { fill: ").append(series.get(i)).append("; }\n");
        }
        return css.toString();
    }
}
