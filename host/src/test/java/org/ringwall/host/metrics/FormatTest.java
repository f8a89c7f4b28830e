// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class FormatTest {
    private static final String OPEN = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8";
    private static final String PROTOBUF =
            "application/vnd.google.protobuf;" + "proto=io.prometheus.client.MetricFamily;encoding=delimited";

    private static void chooses(Format format, String... accept) {
        assertThat(Format.of(List.of(accept))).as(String.join(" + ", accept)).isEqualTo(format);
    }

    @Test
    void openMetricsIsChosenWhereItIsPreferred() {
        chooses(Format.OPEN_METRICS, OPEN);
        chooses(Format.OPEN_METRICS, OPEN + ";q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2");
        chooses(Format.OPEN_METRICS, PROTOBUF + ";q=0.6," + OPEN + ";q=0.5,text/plain;q=0.3,*/*;q=0.2");
        chooses(Format.OPEN_METRICS, PROTOBUF, OPEN + "; q=0.5");
        chooses(Format.OPEN_METRICS, "Application/OpenMetrics-Text, text/plain");
    }

    @Test
    void everyOtherRequestGetsTheTextFormat() {
        chooses(Format.TEXT);
        chooses(Format.TEXT, "");
        chooses(Format.TEXT, "*/*");
        chooses(Format.TEXT, "text/html,text/*;q=0.9");
        chooses(Format.TEXT, PROTOBUF);
        chooses(Format.TEXT, PROTOBUF + ";q=0.9,text/plain;q=0.1");
        chooses(Format.TEXT, OPEN + ";q=0.2,text/plain");
        chooses(Format.TEXT, OPEN + ";q=0");
        chooses(Format.TEXT, OPEN + ";q=x", OPEN + ";q=2", ",;q=;,");
    }
}
