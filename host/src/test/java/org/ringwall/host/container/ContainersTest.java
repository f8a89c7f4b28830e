// SPDX-License-Identifier: Apache-2.0
package org.ringwall.host.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.ringwall.host.place.CgroupLabel;
import org.ringwall.loader.model.CgroupException;
import org.ringwall.testkit.Guard;

class ContainersTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String WEB = "1".repeat(64);
    private static final String DB = "2".repeat(64);
    private static final String LIST = """
            [{"Id": "%s", "Names": ["/web"], "Labels": {"app": "shop", "tier": "front"}, "State": "running"},
             {"Id": "%s", "Names": ["db"], "Labels": null}]
            """.formatted(WEB, DB);

    @TempDir
    Path dir;

    @Test
    void podmanIsAskedForItsContainers() throws IOException {
        Containers containers = new Containers(List.of(podman("echo '" + LIST + "'"), docker()));
        assertThat(containers.known())
                .containsExactly(
                        new Container(
                                "podman",
                                WEB,
                                List.of("web"),
                                Map.of("app", "shop", "tier", "front"),
                                Optional.empty()),
                        new Container("podman", DB, List.of("db"), Map.of(), Optional.empty()));
    }

    @Test
    void dockerIsAskedForItsContainers() throws IOException {
        try (ServerSocketChannel server = server()) {
            Thread engine = answering(server, "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + LIST);
            assertThat(docker().containers()).extracting(Container::shown).containsExactly("web", "db");
            end(engine);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "HTTP/1.0 500 Internal Server Error, status 500",
        "HTTP/1.0 200 OK, not a list of containers",
        "SSH-2.0-OpenSSH_9.2, not HTTP"
    })
    void answerThatIsNoListIsRefused(String status, String problem) throws IOException {
        try (ServerSocketChannel server = server()) {
            Thread engine = answering(server, status + "\r\n\r\n{\"message\": \"no\"}");
            assertThatThrownBy(() -> docker().containers())
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(problem);
            end(engine);
        }
    }

    @Test
    void engineThatDoesNotAnswerIsGivenUp() throws IOException {
        try (ServerSocketChannel server = server()) {
            assertThat(server.isOpen()).isTrue();
            DockerSocket docker = new DockerSocket(dir.resolve("docker.sock"), Duration.ofMillis(200));
            assertThatThrownBy(docker::containers)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("not answered");
        }
    }

    @Test
    void engineThatAcceptsNoConnectionIsGivenUp() throws Exception {
        List<SocketChannel> waiting = new ArrayList<>();
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(dir.resolve("docker.sock")), 1);
            // The kernel lets one more connection wait than the server allows.
            for (int i = 0; i < 2; i++) {
                waiting.add(SocketChannel.open(server.getLocalAddress()));
            }
            FutureTask<Throwable> query = new FutureTask<>(() -> catchThrowable(() -> docker().containers()));
            Thread thread = new Thread(query);
            thread.start();
            assertThat(Guard.result(query)).isInstanceOf(IOException.class);
        } finally {
            for (SocketChannel channel : waiting) {
                channel.close();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{}", "[{}]", "[{\"Id\": \"12\"}]", "[1]", ""})
    void listOfAnotherFormIsRefused(String json) {
        assertThatThrownBy(() -> ContainerList.parse("podman", json)).isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u007f",
                "\u0085",
                "\u0090",
                "\u2028",
                "\ufeff",
                "\ufffd",
                "\ufffe",
                "\uffff",
                "\ud83d\ude00",
                "\\u0000",
                "\\ud800",
                "\\\\",
                "\\\"",
                "\\\": 1",
                "? - # & * ! |"
            })
    void noLabelHidesTheContainersOfTheHost(String text) throws IOException {
        String name = (text + " ").repeat(1_100);
        String list = """
                [{"Id": "%s", "Names": ["db"], "Labels": {"x": "%s", "%s" : "y"}},
                 {"Id": "%s", "Names": ["web"], "Labels": {"app": "shop"}}]
                """.formatted(DB, text, name, WEB);
        List<Container> containers = ContainerList.parse("docker", list);
        assertThat(containers).extracting(Container::shown).containsExactly("db", "web");
        assertThat(containers.get(1).labels()).isEqualTo(Map.of("app", "shop"));
        assertThat(containers.get(0).labels()).hasSize(2).containsValue("y");
        if (!text.contains("\\")) {
            assertThat(containers.get(0).labels()).isEqualTo(Map.of("x", text, name, "y"));
        }
    }

    @ParameterizedTest
    @CsvSource({"web, web", "w*, web", "??, db", "*, web db", "111111111111, web", "11111111111, ''", "webs, ''"})
    void nameOrIdSelectsContainers(String name, String names) throws IOException {
        Containers containers = new Containers(List.of(podman("echo '" + LIST + "'")));
        assertThat(containers.matching(ContainerQuery.ByName.named(name)))
                .extracting(Container::shown)
                .containsExactly(names.isEmpty() ? new String[0] : names.split(" "));
    }

    @ParameterizedTest
    @CsvSource({"app=shop, web", "app=s*, web", "app=, ''", "tier=back, ''", "other=shop, ''"})
    void labelSelectsContainers(String label, String names) throws IOException {
        Containers containers = new Containers(List.of(podman("echo '" + LIST + "'")));
        assertThat(containers.matching(ContainerQuery.ByLabel.of(label)))
                .extracting(Container::shown)
                .containsExactly(names.isEmpty() ? new String[0] : names.split(" "));
    }

    @Test
    void runtimeThatFailsIsAnErrorForASelectorAndNotForNames() throws IOException {
        Containers broken = new Containers(List.of(podman("exit 125")));
        assertThatThrownBy(() -> broken.matching(ContainerQuery.ByName.named("web")))
                .isInstanceOf(CgroupException.class)
                .hasMessage("cannot list the containers of podman: `podman ps` ended with 125");
        assertThat(names(broken)
                        .of("/sys/fs/cgroup/machine.slice/libpod-" + WEB + ".scope")
                        .container())
                .isEmpty();
        assertThatThrownBy(() -> new Containers(List.of(docker())).matching(ContainerQuery.ByName.named("web")))
                .isInstanceOf(CgroupException.class)
                .hasMessage("there is no container runtime to look for the container `web`");
    }

    @Test
    void aRuntimeThatEndedIsAnErrorWhileItsContainersRun() throws IOException {
        String tasks = "io.containerd.runtime.v2.task";
        Path state = Files.createDirectory(dir.resolve("containerd"));
        ContainerdSocket containerd = new ContainerdSocket(state.resolve("containerd.sock"), PATIENCE);
        Containers containers = new Containers(List.of(podman("echo '" + LIST + "'"), docker(), containerd));
        ContainerQuery web = ContainerQuery.ByLabel.of("app=shop");
        Files.createDirectories(state.resolve(tasks + "/moby"));
        Files.createDirectories(state.resolve(tasks + "/default"));
        assertThat(containers.matching(web)).hasSize(1);

        Path ofDocker = Files.createDirectory(state.resolve(tasks + "/moby/" + DB));
        assertThatThrownBy(() -> containers.matching(web))
                .isInstanceOf(CgroupException.class)
                .hasMessageStartingWith("cannot list the containers of docker: ");
        Files.delete(ofDocker);
        Path own = dir.resolve("docker/containerd/daemon/" + tasks + "/moby/" + DB);
        Files.createDirectories(own);
        assertThatThrownBy(() -> containers.matching(web)).isInstanceOf(CgroupException.class);
        Files.delete(own);
        Path ofOthers = Files.createDirectory(state.resolve(tasks + "/default/web"));
        assertThatThrownBy(() -> containers.matching(web))
                .isInstanceOf(CgroupException.class)
                .hasMessageStartingWith("cannot list the containers of containerd: ");
        Files.delete(ofOthers);
        assertThat(containers.matching(web)).hasSize(1);
    }

    @Test
    void runtimesAreAskedOnlyIfACgroupOfAContainerIsShown() throws IOException {
        Path asked = dir.resolve("asked");
        CgroupNames names = names(new Containers(List.of(podman("echo >> " + asked + "; echo '" + LIST + "'"))));
        assertThat(names.of("/sys/fs/cgroup/system.slice/nginx.service").fields())
                .isEqualTo(Map.of("unit", "nginx.service"));
        assertThat(names.of("/elsewhere/system.slice/nginx.service")).isEqualTo(CgroupName.NONE);
        assertThat(asked).doesNotExist();
        assertThat(names.of("/sys/fs/cgroup/libpod_parent/libpod-" + WEB).fields())
                .isEqualTo(Map.of("container", "web", "labels", Map.of("app", "shop", "tier", "front")));
        assertThat(names.of("/sys/fs/cgroup/system.slice/docker-" + DB + ".scope")
                        .fields())
                .isEqualTo(Map.of("unit", "docker-" + DB + ".scope", "container", "db"));
        assertThat(Files.readAllLines(asked)).hasSize(1);
    }

    /** Docker keeps the runtime with which a container was created. */
    @Test
    void dockersContainersOutsideOfTheRuntimeAreNamed() throws IOException {
        String info = "{\"DefaultRuntime\": \"%s\", \"Runtimes\": {\"runc\": {\"path\": \"runc\"},"
                + " \"walled\": {\"path\": \"/usr/lib/ringwall/ringwall-runc\"}}}";
        Map<String, String> engine = new HashMap<>();
        engine.put("/info", info.formatted("runc"));
        engine.put("/containers/json?all=true", LIST);
        engine.put("/containers/" + WEB + "/json", "{\"HostConfig\": {\"Runtime\": \"runc\"}}");
        try (ServerSocketChannel server = server()) {
            Thread thread = answering(server, engine);
            assertThat(DockerRuntimes.read(docker()).defaultApplies()).isFalse();
            engine.put("/info", info.formatted("walled"));
            // The other container is removed meanwhile.
            assertThat(DockerRuntimes.read(docker()).defaultApplies()).isTrue();
            assertThat(DockerRuntimes.read(docker()).outside())
                    .extracting(DockerRuntimes.Entry::name)
                    .containsExactly("web");
            engine.put("/containers/" + WEB + "/json", "{\"HostConfig\": {\"Runtime\": \"walled\"}}");
            assertThat(DockerRuntimes.read(docker()).outside()).isEmpty();
            server.close();
            end(thread);
        }
    }

    /** Answers requests by their paths until the server is closed. */
    private static Thread answering(ServerSocketChannel server, Map<String, String> answers) {
        Thread engine = new Thread(() -> {
            while (true) {
                try (SocketChannel channel = server.accept()) {
                    ByteBuffer request = ByteBuffer.allocate(1 << 12);
                    channel.read(request);
                    String path = new String(request.array(), StandardCharsets.US_ASCII).split(" ", 3)[1];
                    String answer = answers.containsKey(path)
                            ? "HTTP/1.0 200 OK\r\n\r\n" + answers.get(path)
                            : "HTTP/1.0 404 Not Found\r\n\r\n{}";
                    channel.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8)));
                } catch (IOException e) {
                    return;
                }
            }
        });
        engine.start();
        return engine;
    }

    /** As root in a container, a tenant can name cgroups below its own like any other container. */
    @Test
    void theOutermostContainerCounts() throws IOException {
        assumeTrue(Owner.uidOf(dir).equals(Optional.of(Owner.ROOT)), "needs directories that belong to root");
        Path top = Files.createDirectories(dir.resolve("top"));
        ContainerRuntime other = new ContainerRuntime() {
            @Override
            public String name() {
                return "other";
            }

            @Override
            public boolean choosesIds() {
                return false;
            }

            @Override
            public boolean present() {
                return true;
            }

            @Override
            public List<Container> containers() {
                return List.of(new Container(
                        "other", "mine", List.of("mine"), Map.of(), Optional.of(Path.of("default/mine"))));
            }
        };
        CgroupNames names = new CgroupNames(top, new Containers(List.of(podman("echo '" + LIST + "'"), other)));
        Path victim = Files.createDirectories(top.resolve("default/mine/libpod-" + WEB + ".scope"));
        assertThat(names.of(victim.toString()).container().map(Container::shown))
                .contains("mine");
        assertThat(names.label(victim.toString()))
                .isEqualTo(new CgroupLabel("mine", Optional.empty(), Optional.empty()));
        assertThat(names.of(top.resolve("default/libpod-" + WEB).toString())
                        .container()
                        .map(Container::shown))
                .contains("web");
    }

    @Test
    void labelsThatAreShownHaveALimit() {
        Map<String, String> labels = new TreeMap<>();
        labels.put("a", "v".repeat(321));
        labels.put("b".repeat(321), "v");
        for (int i = 100; i < 200; i++) {
            labels.put("c" + i, "v".repeat(320));
        }
        Container web = new Container("docker", WEB, List.of("web"), labels, Optional.empty());
        Object shown =
                new CgroupName(Optional.empty(), Optional.of(web)).fields().get("labels");
        assertThat(shown)
                .asInstanceOf(InstanceOfAssertFactories.map(String.class, String.class))
                .hasSize(12)
                .containsKeys("c100", "c111");
        assertThat(web.labels()).hasSize(102);
    }

    @Test
    void aFewLabelsAreShownOfVeryMany() {
        Map<String, String> labels = new TreeMap<>();
        for (int i = 100; i < 400; i++) {
            labels.put("c" + i, "v");
        }
        Container web = new Container("docker", WEB, List.of("web"), labels, Optional.empty());
        assertThat(web.shownLabels()).hasSize(32).containsKeys("c100", "c131");
    }

    @Test
    void cgroupsAreThoseThatARuntimeNamedByTheId() throws IOException {
        Path top = Files.createDirectory(dir.resolve("top"));
        Path podman = Files.createDirectories(top.resolve("machine.slice/libpod-" + WEB + ".scope"));
        Files.createDirectories(podman.resolve("container/libpod-" + DB));
        Path docker = Files.createDirectories(top.resolve("docker/" + DB));
        Files.createDirectories(top.resolve("user.slice/" + "3".repeat(64)));
        Containers containers = new Containers(List.of(podman("echo '" + LIST + "'")));
        ByContainer all = new ByContainer(ContainerQuery.ByName.named("*"), containers);
        assertThat(all.find(top).cgroups()).containsExactly(docker, podman);
        // A container that starts later creates its cgroup in one of these.
        assertThat(all.find(top).watched())
                .containsExactlyInAnyOrder(
                        top, top.resolve("machine.slice"), top.resolve("docker"), top.resolve("user.slice"));
        if (System.getProperty("user.name").equals("root")) {
            Path user = Files.createDirectories(top.resolve("user.slice/shop.service/docker-" + WEB + ".scope"));
            Files.setAttribute(user.getParent(), "unix:uid", 1000);
            CgroupNames names = new CgroupNames(top, containers);
            assertThat(names.of(user.toString()).container()).isEmpty();
            Path tenant = Files.createDirectories(top.resolve("tenants/a/docker-" + WEB + ".scope"));
            assertThat(names.label(tenant.toString()).container()).contains(WEB);
            Files.setAttribute(tenant.getParent(), "unix:uid", 1000);
            assertThat(names.label(tenant.toString()))
                    .isEqualTo(new CgroupLabel("a", Optional.empty(), Optional.empty()));
            assertThat(names.of(tenant.toString())).isEqualTo(CgroupName.NONE);
            assertThat(names.of(podman.toString()).container().map(Container::shown))
                    .contains("web");
        }
        ByContainer web = new ByContainer(ContainerQuery.ByName.named("web"), containers);
        assertThat(web.find(top).cgroups()).containsExactly(podman);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/web", "we b", "-web", "web=1"})
    void textThatNoContainerIsNamedIsRefused(String name) {
        assertThatThrownBy(() -> ContainerQuery.ByName.named(name)).isInstanceOf(CgroupException.class);
    }

    private static CgroupNames names(Containers containers) {
        return new CgroupNames(Path.of("/sys/fs/cgroup"), containers);
    }

    private PodmanCommand podman(String script) throws IOException {
        Path command = dir.resolve("podman");
        Files.writeString(command, "#!/bin/sh\n[ \"$1 $2\" = \"ps --all\" ] || exit 2\n" + script + "\n");
        Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwx------"));
        return new PodmanCommand(command, PATIENCE);
    }

    private DockerSocket docker() {
        return new DockerSocket(dir.resolve("docker.sock"), PATIENCE);
    }

    private ServerSocketChannel server() throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(dir.resolve("docker.sock")));
        return server;
    }

    /** Answers one request. */
    private static Thread answering(ServerSocketChannel server, String answer) {
        Thread engine = new Thread(() -> {
            try (SocketChannel channel = server.accept()) {
                channel.read(ByteBuffer.allocate(1 << 12));
                channel.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8)));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        engine.start();
        return engine;
    }

    private static void end(Thread engine) {
        try {
            engine.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
