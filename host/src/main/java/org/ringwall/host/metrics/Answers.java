// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.metrics;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.concurrent.EventExecutor;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.ringwall.loader.model.Failure;

/**
 * The answers to requests for metrics. One reading of the host's state, which began after all of
 * them, serves all requests that wait; so their number does not multiply its cost, and an answer is
 * in memory once for all who read it. Only the event loop uses it.
 */
final class Answers {
    /**
     * An answer.
     *
     * @param number counts the readings of the state
     * @param content released by each receiver
     */
    record Answer(long number, HttpResponseStatus status, String type, ByteBuf content) {
        static Answer text(HttpResponseStatus status, String text) {
            return new Answer(
                    Long.MAX_VALUE,
                    status,
                    "text/plain; charset=utf-8",
                    Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
        }
    }

    private record Waiting(Format format, Consumer<Answer> receiver) {}

    private final Supplier<MetricSnapshots> state;
    private final Executor reader;
    private final EventExecutor loop;
    private List<Waiting> waiting = new ArrayList<>();
    private boolean reading;
    private long number;

    /**
     * Creates answers.
     *
     * @param state reads the state, which takes time
     * @param reader runs that
     */
    Answers(Supplier<MetricSnapshots> state, Executor reader, EventExecutor loop) {
        this.state = state;
        this.reader = reader;
        this.loop = loop;
    }

    /** Passes the metrics of a moment after this call to a receiver, on the event loop. */
    void request(Format format, Consumer<Answer> receiver) {
        waiting.add(new Waiting(format, receiver));
        if (!reading) {
            read();
        }
    }

    private void read() {
        reading = true;
        number++;
        long current = number;
        List<Waiting> served = waiting;
        waiting = new ArrayList<>();
        List<Format> formats = served.stream().map(Waiting::format).distinct().toList();
        CompletableFuture.supplyAsync(() -> read(current, formats), reader)
                .whenCompleteAsync(
                        (made, bug) -> {
                            reading = false;
                            for (Waiting each : served) {
                                Answer answer = made == null ? null : made.get(each.format());
                                each.receiver()
                                        .accept(
                                                answer == null
                                                        ? Answer.text(
                                                                HttpResponseStatus.INTERNAL_SERVER_ERROR,
                                                                "this is a bug in ringwall\n")
                                                        : new Answer(
                                                                answer.number(),
                                                                answer.status(),
                                                                answer.type(),
                                                                answer.content().retainedDuplicate()));
                            }
                            if (made != null) {
                                made.values().forEach(each -> each.content().release());
                            }
                            if (bug != null) {
                                report(bug);
                            }
                            if (!waiting.isEmpty()) {
                                read();
                            }
                        },
                        loop);
    }

    private static void report(Throwable bug) {
        Thread thread = Thread.currentThread();
        thread.getUncaughtExceptionHandler().uncaughtException(thread, bug);
    }

    private Map<Format, Answer> read(long number, List<Format> formats) {
        Map<Format, Answer> made = new EnumMap<>(Format.class);
        try {
            MetricSnapshots snapshots = state.get();
            for (Format format : formats) {
                made.put(
                        format,
                        new Answer(
                                number,
                                HttpResponseStatus.OK,
                                format.writer().getContentType(),
                                written(format, snapshots)));
            }
        } catch (RuntimeException e) {
            made.values().forEach(each -> each.content().release());
            Failure failure = Failure.of(e).orElseThrow(() -> e);
            for (Format format : formats) {
                made.put(format, Answer.text(HttpResponseStatus.SERVICE_UNAVAILABLE, failure.message() + "\n"));
            }
        }
        return made;
    }

    /**
     * Returns the text outside of the heap, from where it is sent without a copy for each reader.
     */
    private static ByteBuf written(Format format, MetricSnapshots snapshots) {
        ByteBuf content = Unpooled.directBuffer();
        try (ByteBufOutputStream out = new ByteBufOutputStream(content)) {
            format.writer().write(out, snapshots);
            return content;
        } catch (IOException e) {
            content.release();
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            content.release();
            throw e;
        }
    }
}
