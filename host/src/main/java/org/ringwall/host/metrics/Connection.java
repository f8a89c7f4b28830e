// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.metrics;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.ringwall.host.metrics.Answers.Answer;

/**
 * A connection, which has one request at a time and a time limit in each state but
 * {@link State#READING_STATE}, which ends by itself. What a client sends before the answer to its
 * last request is not read from the socket.
 */
final class Connection extends ChannelInboundHandlerAdapter {
    /** What it waits for, in the order in which connections are ended at a limit. */
    enum State {
        /** The client, between two requests. */
        IDLE(120),
        /** The rest of a request. */
        REQUESTING(10),
        /** The client, to read an answer. */
        WRITING(30),
        /** The state of the host. */
        READING_STATE(0);

        private final long seconds;

        State(long seconds) {
            this.seconds = seconds;
        }
    }

    private static final String PATH = "/metrics";
    private static final int MAX_LINE_BYTES = 4 << 10;
    private static final int MAX_HEADER_BYTES = 16 << 10;
    private static final int MAX_BODY_BYTES = 64 << 10;
    private static final int CHUNK_BYTES = 4 << 10;
    private static final int SCRATCH_BYTES = 128;

    private final Peers peers;
    private final Connections connections;
    private final Answers answers;
    private final Deque<HttpObject> pending = new ArrayDeque<>();
    private Optional<ChannelHandlerContext> context = Optional.empty();
    private State state = State.REQUESTING;
    private long since = System.nanoTime();
    private long answer;
    private long body;

    /** Whether a loop uses what was read, to which an answer that is written at once returns. */
    private boolean proceeding;

    private Optional<HttpRequest> request = Optional.empty();
    private Optional<Future<?>> limit = Optional.empty();

    Connection(Peers peers, Connections connections, Answers answers) {
        this.peers = peers;
        this.connections = connections;
        this.answers = answers;
    }

    /** Adds it and what it needs to a new channel, which must not read by itself. */
    void addTo(ChannelPipeline pipeline) {
        pipeline.addLast(
                new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelRead(ChannelHandlerContext ctx, Object bytes) {
                        if (state == State.IDLE) {
                            become(State.REQUESTING);
                        }
                        ctx.fireChannelRead(bytes);
                    }
                },
                new HttpServerCodec(new HttpDecoderConfig()
                        .setMaxInitialLineLength(MAX_LINE_BYTES)
                        .setMaxHeaderSize(MAX_HEADER_BYTES)
                        .setMaxChunkSize(CHUNK_BYTES)
                        .setInitialBufferSize(SCRATCH_BYTES)),
                new HttpServerKeepAliveHandler(),
                this);
    }

    State state() {
        return state;
    }

    /** Returns when it came into its state, in ns of {@link System#nanoTime}. */
    long since() {
        return since;
    }

    /** Returns whether it can be ended in favour of another one. */
    boolean canEnd() {
        return state != State.READING_STATE;
    }

    /**
     * Returns whether its client has not read all of the answer with this number or an earlier one.
     */
    boolean isWriting(long number) {
        return state == State.WRITING && answer <= number;
    }

    /** Closes it. */
    void end() {
        context.ifPresent(ChannelHandlerContext::close);
    }

    private void become(State next) {
        state = next;
        since = System.nanoTime();
        limit.ifPresent(each -> each.cancel(false));
        limit = next.seconds == 0
                ? Optional.empty()
                : context.map(ctx -> ctx.executor().schedule(this::end, next.seconds, TimeUnit.SECONDS));
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        context = Optional.of(ctx);
        if (connections.admit(peers.of(ctx.channel()), this)) {
            become(State.REQUESTING);
            ctx.read();
        } else {
            ctx.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        limit.ifPresent(each -> each.cancel(false));
        connections.remove(this);
        pending.forEach(ReferenceCountUtil::release);
        pending.clear();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // The client has disconnected, or sends what is not HTTP.
        ctx.close();
    }

    /** Keeps what was sent with a request until that is answered; it is part of one read. */
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof HttpObject part) {
            pending.add(part);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        proceed(ctx);
    }

    /** Uses what was read up to the end of a request, or reads on. */
    private void proceed(ChannelHandlerContext ctx) {
        if (proceeding) {
            return;
        }
        proceeding = true;
        while (!pending.isEmpty() && waitsForClient()) {
            HttpObject part = pending.remove();
            try {
                use(ctx, part);
            } finally {
                ReferenceCountUtil.release(part);
            }
        }
        proceeding = false;
        if (waitsForClient()) {
            ctx.read();
        }
    }

    private boolean waitsForClient() {
        return state == State.IDLE || state == State.REQUESTING;
    }

    private void use(ChannelHandlerContext ctx, HttpObject message) {
        DecoderResult result = message.decoderResult();
        if (result.isFailure()) {
            refuse(ctx, malformed(result.cause()), "not an HTTP request that can be read\n");
            return;
        }
        if (message instanceof HttpRequest head) {
            request = Optional.of(head);
            body = 0;
        }
        if (message instanceof HttpContent part) {
            body += part.content().readableBytes();
        }
        if (body > MAX_BODY_BYTES) {
            refuse(ctx, HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE, "use GET\n");
        } else if (message instanceof LastHttpContent && request.isPresent()) {
            answer(ctx, request.get());
        }
    }

    private static HttpResponseStatus malformed(Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            return HttpResponseStatus.REQUEST_URI_TOO_LONG;
        }
        return cause instanceof TooLongHttpHeaderException
                ? HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
                : HttpResponseStatus.BAD_REQUEST;
    }

    private void answer(ChannelHandlerContext ctx, HttpRequest of) {
        String path = of.uri();
        if (of.protocolVersion().majorVersion() != 1) {
            refuse(ctx, HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED, "use HTTP/1.1\n");
        } else if (!of.method().equals(HttpMethod.GET) && !of.method().equals(HttpMethod.HEAD)) {
            write(ctx, Answer.text(HttpResponseStatus.METHOD_NOT_ALLOWED, "use GET\n"), true);
        } else if (!path.equals(PATH) && !path.startsWith(PATH + "?")) {
            write(ctx, Answer.text(HttpResponseStatus.NOT_FOUND, "the metrics are at /metrics\n"), true);
        } else {
            become(State.READING_STATE);
            answers.request(Format.of(of.headers().getAll(HttpHeaderNames.ACCEPT)), made -> write(ctx, made, true));
        }
    }

    private void refuse(ChannelHandlerContext ctx, HttpResponseStatus status, String text) {
        write(ctx, Answer.text(status, text), false);
    }

    /** Writes an answer, and then reads the next request if the client can send one. */
    private void write(ChannelHandlerContext ctx, Answer made, boolean again) {
        ByteBuf content = made.content();
        if (!ctx.channel().isActive()) {
            content.release();
            return;
        }
        answer = made.number();
        become(State.WRITING);
        connections.answered(made.number());
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, made.status(), content);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, made.type())
                .set(HttpHeaderNames.CONTENT_LENGTH, content.readableBytes());
        if (made.status().equals(HttpResponseStatus.METHOD_NOT_ALLOWED)) {
            response.headers().set(HttpHeaderNames.ALLOW, "GET, HEAD");
        }
        HttpUtil.setKeepAlive(response, again);
        ctx.writeAndFlush(response).addListener(done -> {
            if (!done.isSuccess() || !again) {
                ctx.close();
            } else if (ctx.channel().isActive()) {
                request = Optional.empty();
                become(pending.isEmpty() ? State.IDLE : State.REQUESTING);
                proceed(ctx);
            }
        });
    }
}
