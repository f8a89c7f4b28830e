// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.metrics;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.util.List;
import java.util.Locale;

/** A format of an answer. Prometheus's own binary one is not among them. */
enum Format {
    /** OpenMetrics 1.0.0. */
    OPEN_METRICS("application/openmetrics-text", OpenMetricsTextFormatWriter.create()),
    /** The text format 0.0.4, which every reader of metrics knows. */
    TEXT("text/plain", PrometheusTextFormatWriter.create());

    private static final String ANY = "*/*";

    private final String type;
    private final ExpositionFormatWriter writer;

    Format(String type, ExpositionFormatWriter writer) {
        this.type = type;
        this.writer = writer;
    }

    ExpositionFormatWriter writer() {
        return writer;
    }

    /**
     * Returns the format that a request prefers (RFC 9110, section 12.5.1); the text format if it
     * accepts neither, or both equally without naming OpenMetrics.
     *
     * @param accept the values of its `Accept` header fields
     */
    static Format of(List<String> accept) {
        double open = 0;
        double text = 0;
        for (String range : String.join(",", accept).toLowerCase(Locale.ROOT).split(",", -1)) {
            List<String> parts = List.of(range.split(";", -1));
            String name = parts.get(0).strip();
            double weight = weight(parts.subList(1, parts.size()));
            if (name.equals(OPEN_METRICS.type)) {
                open = Math.max(open, weight);
            } else if (name.equals(TEXT.type) || name.equals("text/*") || name.equals(ANY)) {
                text = Math.max(text, weight);
            }
        }
        return open > 0 && open >= text ? OPEN_METRICS : TEXT;
    }

    /**
     * Returns the weight among the parameters of a range: 1 without one, and 0 if it is invalid.
     */
    private static double weight(List<String> parameters) {
        for (String parameter : parameters) {
            String text = parameter.strip();
            if (text.startsWith("q=")) {
                try {
                    double weight = Double.parseDouble(text.substring(2));
                    return weight >= 0 && weight <= 1 ? weight : 0;
                } catch (NumberFormatException e) {
                    return 0;
                }
            }
        }
        return 1;
    }
}
