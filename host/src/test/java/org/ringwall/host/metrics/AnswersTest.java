// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.concurrent.ImmediateEventExecutor;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.ringwall.host.metrics.Answers.Answer;
import org.ringwall.loader.model.HostException;

/** Answers whose readings of the state run when a test says so. */
class AnswersTest {
    private final Deque<Runnable> readings = new ArrayDeque<>();
    private final AtomicInteger begun = new AtomicInteger();
    private final List<Answer> got = new ArrayList<>();

    private Answers answers(Supplier<MetricSnapshots> state) {
        return new Answers(state, readings::add, ImmediateEventExecutor.INSTANCE);
    }

    private MetricSnapshots nothing() {
        begun.incrementAndGet();
        return new MetricSnapshots(List.of());
    }

    @Test
    void oneReadingServesAllRequestsThatCameBeforeIt() {
        Answers answers = answers(this::nothing);
        answers.request(Format.TEXT, got::add);
        for (int i = 0; i < 1_000; i++) {
            answers.request(i % 2 == 0 ? Format.TEXT : Format.OPEN_METRICS, got::add);
        }
        assertThat(readings).hasSize(1);
        readings.remove().run();
        assertThat(got).as("the others came after that reading had begun").hasSize(1);
        assertThat(readings).hasSize(1);
        readings.remove().run();
        assertThat(got).hasSize(1_001);
        assertThat(begun).hasValue(2);
        assertThat(readings).isEmpty();
        assertThat(got.get(1_000).content()).as("one copy for all readers").satisfies(content -> {
            assertThat(content.isDirect()).isTrue();
            assertThat(content.refCnt()).isEqualTo(500);
        });
        got.forEach(each -> each.content().release());
        assertThat(got).allSatisfy(each -> assertThat(each.content().refCnt()).isZero());
    }

    @Test
    void failuresAreAnswersToo() {
        Answers refused = answers(() -> {
            throw new HostException("`x` is not a bpffs", "mount it");
        });
        refused.request(Format.TEXT, got::add);
        readings.remove().run();
        Answers broken = answers(() -> {
            throw new AssertionError("a bug");
        });
        broken.request(Format.TEXT, got::add);
        List<Throwable> bugs = new ArrayList<>();
        Thread.currentThread().setUncaughtExceptionHandler((thread, bug) -> bugs.add(bug));
        try {
            readings.remove().run();
        } finally {
            Thread.currentThread().setUncaughtExceptionHandler(null);
        }
        assertThat(bugs).hasSize(1);
        assertThat(got).extracting(each -> each.status().code()).containsExactly(503, 500);
        broken.request(Format.TEXT, got::add);
        assertThat(readings).as("the next one is tried again").hasSize(1);
    }
}
