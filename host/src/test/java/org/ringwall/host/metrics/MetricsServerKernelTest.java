// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ringwall.loader.host.LoaderHost;
import org.ringwall.loader.instance.BpffsPins;
import org.ringwall.testkit.HangGuard;
import org.ringwall.testkit.KernelTest;

/** The server of metrics, as its clients use and misuse it. */
@KernelTest
@HangGuard
class MetricsServerKernelTest {
    private static final Path PINS =
            BpffsPins.MOUNT.resolve("rwserver-" + ProcessHandle.current().pid());
    private static final String NATIVE_HISTOGRAMS = "application/vnd.google.protobuf;"
            + "proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,"
            + "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

    /** More than the limit for all clients. */
    private static final int MANY = 400;

    /** A program of another user: it opens connections, sends each a text and reads nothing. */
    private static final String OPEN = """
            import ast, os, socket, sys
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            kind, address, count, text = ast.literal_eval(sys.argv[1])
            open = []
            for i in range(count):
                s = socket.socket(getattr(socket, kind))
                s.connect(address)
                try:
                    s.send(text.encode())
                except OSError:
                    pass
                open.append(s)
            print("opened", flush=True)
            sys.stdin.read()
            """;

    @TempDir
    Path dir = Path.of("");

    private final LoaderHost host = LoaderHost.ofThisMachine(PINS);
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
        host.close();
    }

    private MetricsServer server(String address) {
        MetricsServer server = MetricsServer.listen(host, address, false);
        open.add(0, server);
        Thread thread = new Thread(server::run);
        thread.setDaemon(true);
        thread.start();
        return server;
    }

    private static SocketAddress tcp(MetricsServer server) {
        String text = server.address();
        int colon = text.lastIndexOf(':');
        return new InetSocketAddress(
                text.substring(0, colon).replaceAll("[\\[\\]]", ""), Integer.parseInt(text.substring(colon + 1)));
    }

    private SocketChannel client(SocketAddress address) throws IOException {
        SocketChannel client = SocketChannel.open(address);
        open.add(client);
        return client;
    }

    private static void send(SocketChannel client, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
        while (bytes.hasRemaining()) {
            client.write(bytes);
        }
    }

    /** An answer, without its content if there is none. */
    private record Response(String status, List<String> head, String content) {}

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            assertThat(b).as("the connection is closed after `%s`", line).isNotNegative();
            line.write(b);
        }
        return line.toString(StandardCharsets.UTF_8).strip();
    }

    private static Response read(SocketChannel client, boolean body) throws IOException {
        InputStream in = Channels.newInputStream(client);
        String status = line(in);
        List<String> head = new ArrayList<>();
        int length = 0;
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            head.add(line.toLowerCase(Locale.ROOT));
            if (head.get(head.size() - 1).startsWith("content-length:")) {
                length = Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
            }
        }
        byte[] content = body ? in.readNBytes(length) : new byte[0];
        assertThat(content).hasSize(body ? length : 0);
        return new Response(status, head, new String(content, StandardCharsets.UTF_8));
    }

    private static Response get(SocketChannel client) throws IOException {
        send(client, "GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: " + NATIVE_HISTOGRAMS + "\r\n\r\n");
        return read(client, true);
    }

    /** Starts a process of another user who holds connections open, until it is closed. */
    private void others(String kind, String address, int count, String text) throws IOException {
        String words = "('" + kind + "', " + address + ", " + count + ", " + "'"
                + text.replace("\r", "\\r").replace("\n", "\\n") + "')";
        Process process = new ProcessBuilder("python3", "-c", OPEN, words)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        open.add(() -> {
            process.getOutputStream().close();
            process.waitFor();
        });
        BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        assertThat(out.readLine()).isEqualTo("opened");
    }

    private static void assumeRoot() {
        assumeTrue(System.getProperty("user.name").equals("root"), "starts processes of another user");
    }

    /** Whatever another user holds open, others keep their connections and get answers. */
    @Test
    void otherUsersHoldNobodyUp() throws IOException {
        assumeRoot();
        SocketAddress address = tcp(server("127.0.0.1:0"));
        String python = "('127.0.0.1', " + ((InetSocketAddress) address).getPort() + ")";
        SocketChannel before = client(address);
        assertThat(get(before).status()).isEqualTo("HTTP/1.1 200 OK");
        String whole = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
        for (String text : List.of("", "GET /metrics HT", "GET /metrics HTTP/1.1\r\nX: ", whole, whole.repeat(40))) {
            others("AF_INET", python, MANY, text);
            assertThat(get(before).status()).isEqualTo("HTTP/1.1 200 OK");
            assertThat(get(client(address)).status()).isEqualTo("HTTP/1.1 200 OK");
        }
    }

    @Test
    void usersOfAUnixSocketAreDistinguished() throws IOException {
        assumeRoot();
        Path socket = dir.resolve("socket");
        server("unix:" + socket);
        Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-rw-rw-"));
        SocketAddress address = UnixDomainSocketAddress.of(socket);
        SocketChannel before = client(address);
        assertThat(get(before).status()).isEqualTo("HTTP/1.1 200 OK");
        others("AF_UNIX", "'" + socket + "'", MANY, "GET /metrics HT");
        assertThat(get(before).status()).isEqualTo("HTTP/1.1 200 OK");
        assertThat(get(client(address)).status()).isEqualTo("HTTP/1.1 200 OK");
    }

    /** The user who has too many connections loses the oldest of those that wait. */
    @Test
    void theLimitOfAUserEndsItsOldConnections() throws IOException {
        for (String listen : List.of("127.0.0.1:0", "[::1]:0")) {
            SocketAddress address = tcp(server(listen));
            List<SocketChannel> clients = new ArrayList<>();
            for (int i = 0; i < Connections.MOST_OF_A_PEER + 3; i++) {
                clients.add(client(address));
                assertThat(get(clients.get(i)).status()).isEqualTo("HTTP/1.1 200 OK");
            }
            for (int i = 0; i < 3; i++) {
                assertThat(clients.get(i).read(ByteBuffer.allocate(1)))
                        .as("connection %s is closed", i)
                        .isNegative();
            }
            for (SocketChannel each : clients.subList(3, clients.size())) {
                assertThat(get(each).status()).isEqualTo("HTTP/1.1 200 OK");
            }
        }
    }

    @Test
    void aClientWithProtobufFirstGetsOpenMetrics() throws IOException {
        Response response = get(client(tcp(server("127.0.0.1:0"))));
        assertThat(response.status()).isEqualTo("HTTP/1.1 200 OK");
        assertThat(response.head()).anyMatch(each -> each.startsWith("content-type: application/openmetrics-text;"));
        assertThat(response.content()).endsWith("# EOF\n");
    }

    /** One connection serves requests one after the other, also those that were sent at once. */
    @Test
    void connectionsPersist() throws IOException {
        SocketChannel client = client(tcp(server("[::1]:0")));
        String head = " HTTP/1.1\r\nHost: x\r\n\r\n";
        send(
                client,
                "GET /metrics" + head + "HEAD /metrics" + head + "\r\nGET /x" + head + "POST /metrics HTTP/1.1\r\n"
                        + "Content-Length: 5\r\n\r\nhelloGET /metrics HTTP/1.1\r\nConnection: close\r\n\r\nGET /metrics"
                        + head);
        Response first = read(client, true);
        assertThat(first.status()).isEqualTo("HTTP/1.1 200 OK");
        assertThat(first.head()).contains("content-type: text/plain; version=0.0.4; charset=utf-8");
        Response headers = read(client, false);
        assertThat(headers.status()).isEqualTo("HTTP/1.1 200 OK");
        assertThat(headers.head()).contains("content-length: " + first.content().length());
        Response absent = read(client, true);
        assertThat(absent.status()).isEqualTo("HTTP/1.1 404 Not Found");
        assertThat(absent.content()).isEqualTo("the metrics are at /metrics\n");
        Response post = read(client, true);
        assertThat(post.status()).isEqualTo("HTTP/1.1 405 Method Not Allowed");
        assertThat(post.head()).contains("allow: get, head");
        Response last = read(client, true);
        assertThat(last.head()).contains("connection: close");
        assertThat(client.read(ByteBuffer.allocate(1))).isNegative();
    }

    /** What cannot be read, or is too large, is refused at once, and ends the connection. */
    @Test
    void malformedRequestsAreRefused() throws IOException {
        SocketAddress address = tcp(server("127.0.0.1:0"));
        record Bad(String text, String status) {}
        for (Bad each : List.of(
                new Bad("hello\r\n\r\n", "400 Bad Request"),
                new Bad("GET /metrics\r\n\r\n", "400 Bad Request"),
                new Bad("GET /metrics HTTP/1.1\r\nno colon\r\n\r\n", "400 Bad Request"),
                new Bad("GET /metrics HTTP/1.1\r\nContent-Length: x\r\n\r\n", "400 Bad Request"),
                new Bad("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505 HTTP Version Not Supported"),
                new Bad("GET /" + "a".repeat(9_000) + " HTTP/1.1\r\n\r\n", "414 Request-URI Too Long"),
                new Bad(
                        "GET /metrics HTTP/1.1\r\n" + ("X: " + "a".repeat(900) + "\r\n").repeat(30),
                        "431 Request Header Fields Too Large"),
                new Bad(
                        "POST /metrics HTTP/1.1\r\nContent-Length: 100000\r\n\r\n" + "a".repeat(70_000),
                        "413 Request Entity Too Large"))) {
            SocketChannel client = client(address);
            send(client, each.text());
            Response response = read(client, true);
            assertThat(response.status()).as(each.status()).isEqualTo("HTTP/1.1 " + each.status());
            assertThat(response.head()).contains("connection: close");
        }
        assertThat(get(client(address)).status()).isEqualTo("HTTP/1.1 200 OK");
    }
}
