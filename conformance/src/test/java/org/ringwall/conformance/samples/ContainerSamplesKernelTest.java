// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.ringwall.bpf.object.ObjectWriter;
import org.ringwall.conformance.kernel.ChildCgroup;
import org.ringwall.conformance.kernel.LoaderProcess;
import org.ringwall.conformance.kernel.TypedCommands;
import org.ringwall.host.cli.Commands;
import org.ringwall.loader.cgroup.KernelCgroups;
import org.ringwall.sys.Host;
import org.ringwall.sys.Syscalls;
import org.ringwall.testkit.Command;
import org.ringwall.testkit.GoldenCase;
import org.ringwall.testkit.KernelTest;
import org.ringwall.testkit.ToolTest;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * A test of samples/containers: everything that the files name exists, and their containers behave
 * as they say when podman runs them.
 */
@KernelTest
class ContainerSamplesKernelTest {
    private static final Path FOLDER = GoldenCase.projectRoot().resolve("samples/containers");
    private static final Path POLICIES = GoldenCase.projectRoot().resolve("samples/policies");
    private static final String ANNOTATION = "org.ringwall.policy";
    private static final String DENIED = "Operation not permitted";

    /** The keys of services that these samples use (the Compose Specification). */
    private static final Set<String> SERVICE = Set.of(
            "annotations",
            "cgroup_parent",
            "command",
            "container_name",
            "devices",
            "image",
            "labels",
            "network_mode",
            "networks",
            "restart",
            "runtime",
            "user",
            "volumes");

    @TempDir
    private Path dir = Path.of("");

    private final List<ChildCgroup> cgroups = new ArrayList<>();
    private final List<String> inForce = new ArrayList<>();
    private String podman = "";

    @AfterEach
    void clean() {
        if (!podman.isEmpty()) {
            shell(podman + " rm --force --all --time 0");
        }
        inForce.forEach(name -> LoaderProcess.run(dir, "remove", name));
        cgroups.forEach(ChildCgroup::close);
    }

    private static List<Path> files(String ending) throws IOException {
        try (Stream<Path> all = Files.walk(FOLDER)) {
            return all.filter(path -> path.toString().endsWith(ending)).sorted().toList();
        }
    }

    /** Returns the name of the folder that a file is in. */
    private static String folder(Path file) {
        return Objects.requireNonNull(file.getParent()).getFileName().toString();
    }

    private static Map<?, ?> yaml(Path file) throws IOException {
        Object root = new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file));
        assertThat(root).as(file.toString()).isInstanceOf(Map.class);
        return (Map<?, ?>) root;
    }

    private static Map<?, ?> map(Map<?, ?> in, String key) {
        return in.get(key) instanceof Map<?, ?> found ? found : Map.of();
    }

    /** Returns the names of the policies that are declared for these samples. */
    private static Set<String> declared() throws IOException {
        Set<String> names = new TreeSet<>();
        for (Path file : files(".yaml")) {
            if (folder(file).equals("policies.d")) {
                String object = String.valueOf(yaml(file).get("policy"));
                names.add(object.replaceFirst("\\.\\./(.*)\\.o", "$1").replace('-', '_'));
            }
        }
        return names;
    }

    @Test
    void composeFilesNameSlicesAndPoliciesThatExist() throws IOException {
        assertThat(declared()).containsExactly("billing", "gpu", "internal_networks", "service_mesh");
        List<Path> composed = files("compose.yaml");
        assertThat(composed).hasSize(4);
        for (Path file : composed) {
            Map<?, ?> compose = yaml(file);
            assertThat(compose.keySet().toString()).isIn("[services]", "[services, networks]");
            map(compose, "services").forEach((name, service) -> {
                Map<?, ?> keys = (Map<?, ?>) service;
                assertThat(SERVICE).as("%s: %s", file, name).containsAll(strings(keys.keySet()));
                Object slice = keys.get("cgroup_parent");
                Object policy = map(keys, "annotations").get(ANNOTATION);
                assertThat(slice == null || Files.exists(file.resolveSibling(slice.toString())))
                        .isTrue();
                if (name.equals("prometheus")) {
                    // It reads the counts of the others.
                    assertThat(strings((List<?>) Objects.requireNonNull(keys.get("volumes"))))
                            .hasSize(2)
                            .allSatisfy(volume -> assertThat(file.resolveSibling(volume.split(":", -1)[0]))
                                    .exists());
                    return;
                }
                assertThat(slice == null).isEqualTo(policy != null);
                assertThat(policy == null || isDeclared(policy)).isTrue();
                if (keys.get("networks") instanceof List<?> networks) {
                    assertThat(strings(map(compose, "networks").keySet())).containsAll(strings(networks));
                }
            });
        }
        Map<?, ?> pod = yaml(FOLDER.resolve("mesh/mesh.yaml"));
        assertThat(isDeclared(map(map(pod, "metadata"), "annotations").get(ANNOTATION)))
                .isTrue();
    }

    private static List<String> strings(Iterable<?> all) {
        List<String> texts = new ArrayList<>();
        all.forEach(each -> texts.add(String.valueOf(each)));
        return texts;
    }

    private static boolean isDeclared(@Nullable Object policy) {
        try {
            return declared().contains(String.valueOf(policy));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void declarationsAreReadAsSyncReadsThem() throws IOException {
        Path folder = Files.createDirectory(dir.resolve("policies.d"));
        for (String name : List.of("billing", "gpu", "internal-networks", "service-mesh")) {
            compile(name);
        }
        for (Path file : files(".yaml")) {
            if (folder(file).equals("policies.d")) {
                Files.copy(file, folder.resolve(file.getFileName()));
                String slice = String.valueOf(yaml(file).get("places")).replaceFirst(".*unit=(.*)}.*", "$1");
                assertThat(file.resolve("../..").normalize().resolve(slice)).isRegularFile();
            }
        }
        TypedCommands.Said said = new TypedCommands().type(List.of("sync", "--dir", folder.toString(), "--check"));
        assertThat(said.text()).doesNotContain("help:").contains("waiting for the unit `tenants.slice`");
        assertThat(said.text().lines().filter(line -> line.contains("waiting for the unit")))
                .hasSize(4);
    }

    @ToolTest({"systemd-analyze", "podman"})
    @Test
    void systemdAndPodmanFindNoMistakeInUnits() throws IOException {
        Path units = Files.createDirectories(dir.resolve("root/etc/systemd/system"));
        Path quadlets = Files.createDirectory(dir.resolve("quadlets"));
        List<String> names = new ArrayList<>();
        for (Path file : files("")) {
            String name = file.getFileName().toString();
            String parent = folder(file);
            if (name.matches(".*\\.(slice|service)")) {
                Files.copy(file, units.resolve(name));
                names.add(name);
            } else if (name.endsWith(".conf")) {
                Files.copy(file, Files.createDirectories(units.resolve(parent)).resolve(name));
            } else if (name.matches(".*\\.(container|kube)|mesh.yaml")) {
                Files.copy(file, quadlets.resolve(name));
            }
        }
        Path shipped = GoldenCase.projectRoot().resolve("packaging/systemd/ringwall-sync.service");
        Files.copy(shipped, units.resolve("ringwall-sync.service"));
        Files.writeString(units.resolve("docker.service"), "[Service]\nExecStart=/bin/true\n");
        names.addAll(List.of("ringwall-sync.service", "docker.service"));
        ProcessBuilder generator = new ProcessBuilder(
                "/usr/lib/systemd/system-generators/podman-system-generator",
                units.toString(),
                units.toString(),
                units.toString());
        generator.environment().put("QUADLET_UNIT_DIRS", quadlets.toString());
        Command generated = Command.run(dir, generator);
        assertThat(generated.status()).as(generated.output()).isZero();
        for (String name : List.of("shop.service", "tenant-shop.service", "training.service", "mesh.service")) {
            assertThat(units.resolve(name)).as(generated.output()).isRegularFile();
            names.add(name);
        }
        assertThat(Files.readString(units.resolve("training.service"))).contains("--annotation " + ANNOTATION + "=gpu");
        for (String program : List.of("usr/bin/ringwall", "usr/bin/podman", "bin/sh", "bin/true")) {
            Path file = dir.resolve("root").resolve(program);
            Files.createDirectories(file.getParent());
            Files.writeString(file, "#!/bin/true\n");
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        List<String> verify = new ArrayList<>(List.of(
                "systemd-analyze", "verify", "--man=no", "--recursive-errors=no", "--root=" + dir.resolve("root")));
        verify.addAll(names);
        assertThat(Command.run(dir, verify)).isEqualTo(new Command(0, ""));
    }

    @Test
    void commandsInUnitsAreThoseOfRingwall() throws IOException {
        List<String> commands = new ArrayList<>();
        for (Path file : files("")) {
            if (Files.isRegularFile(file) && !file.toString().endsWith(".md")) {
                Files.readAllLines(file).stream()
                        .filter(line -> line.startsWith("Exec") && line.contains("/usr/bin/ringwall "))
                        .map(line ->
                                line.replaceFirst(".*/usr/bin/ringwall ", "").replaceFirst("\\$\\$\\(.*", "x"))
                        .forEach(commands::add);
            }
        }
        assertThat(commands).hasSize(2).allSatisfy(line -> Commands.all().parseArgs(line.split(" ", -1)));
        assertThat(commands.toString()).contains("counters billing --csv", "live add service_mesh/proxies");
        assertThat(Samples.read(POLICIES.resolve("service-mesh.wall"))).contains("live set proxies : cgroup");
    }

    private Path compile(String name) throws IOException {
        Path object = dir.resolve(name + ".o");
        String text = Samples.read(POLICIES.resolve(name + ".wall"));
        return Files.write(
                object,
                ObjectWriter.write(
                        Samples.compileWithWarnings(name + ".wall", text).object()));
    }

    /** Puts a policy in force on a new cgroup; returns its path as podman names it. */
    private String apply(String name) throws IOException {
        ChildCgroup cgroup = ChildCgroup.make();
        cgroups.add(cgroup);
        Command applied = LoaderProcess.run(
                dir,
                "apply",
                compile(name).toString(),
                "--cgroup",
                cgroup.path().toString());
        assertThat(applied.output()).contains("in force, generation 1");
        inForce.add(name.replace('-', '_'));
        return "/"
                + KernelCgroups.ofThisMachine(new Host(Syscalls.ofThisMachine()))
                        .mount()
                        .relativize(cgroup.path());
    }

    private Command shell(String line) {
        return Command.run(dir, "bash", "-c", line);
    }

    /** Prepares podman with a store, hooks and a root file system of this test. */
    private void preparePodman() throws IOException {
        Path root = dir.resolve("image");
        for (String folder : List.of("bin", "etc", "proc", "sys", "dev")) {
            Files.createDirectories(root.resolve(folder));
        }
        Files.copy(Path.of("/bin/busybox"), root.resolve("bin/busybox"));
        for (String name : List.of("nc", "sh")) {
            Files.createSymbolicLink(root.resolve("bin").resolve(name), Path.of("busybox"));
        }
        Path hook = dir.resolve("hook");
        Files.writeString(
                hook,
                "#!/bin/sh\nexport RINGWALL_JOURNAL=\nexec '" + String.join("' '", LoaderProcess.words("oci-hook"))
                        + "'\n");
        Files.setPosixFilePermissions(hook, PosixFilePermissions.fromString("rwx------"));
        Files.writeString(Files.createDirectory(dir.resolve("hooks.d")).resolve("ringwall.json"), """
                {"version": "1.0.0", "hook": {"path": "%s", "timeout": 60},
                 "when": {"annotations": {"^org[.]ringwall[.]": ".*"}}, "stages": ["createRuntime", "poststop"]}
                """.formatted(hook));
        podman = "podman --root " + dir.resolve("store") + " --runroot " + dir.resolve("run") + " --tmpdir "
                + dir.resolve("tmp") + " --storage-driver vfs --cgroup-manager cgroupfs --events-backend file"
                + " --runtime runc --log-level error --hooks-dir " + dir.resolve("hooks.d");
    }

    private static Map<?, ?> service(String file, String name) throws IOException {
        return map(map(yaml(FOLDER.resolve(file)), "services"), name);
    }

    private String run(String options, String command) {
        return shell(podman + " run --rm --pids-limit 0 --network none " + options + " --rootfs " + dir.resolve("image")
                        + " " + command)
                .output();
    }

    @ToolTest({"podman", "runc", "busybox"})
    @Test
    void tenantsReachNoInternalNetwork() throws IOException {
        preparePodman();
        assertThat(service("tenants/compose.yaml", "shop").get("cgroup_parent")).isEqualTo("tenants.slice");
        String parent = "--cgroup-parent=" + apply("internal-networks");
        assertThat(run(parent, "nc -w 1 127.0.0.1 80")).contains(DENIED);
        assertThat(run(parent, "nc -w 1 10.0.0.2 80")).contains(DENIED);
        assertThat(run(parent, "nc -w 1 10.0.0.1 80")).contains("Network is unreachable");
        assertThat(run(parent, "nc -w 1 203.0.113.9 80")).contains("Network is unreachable");
    }

    @ToolTest({"podman", "runc", "busybox", "mknod"})
    @ParameterizedTest
    @CsvSource({"training, No such device", "other, " + DENIED})
    void gpusAreForTheGroupThatPaysForThem(String name, String outcome) throws IOException {
        preparePodman();
        apply("gpu");
        ChildCgroup parent = ChildCgroup.make();
        cgroups.add(0, parent);
        Path node = dir.resolve("renderD255");
        assertThat(shell("mknod -m 666 " + node + " c 226 255").output()).isEmpty();
        Map<?, ?> service = service("gpu/compose.yaml", name);
        String options = "--user " + service.get("user") + " --annotation " + ANNOTATION + "="
                + map(service, "annotations").get(ANNOTATION) + " --device " + node + ":/dev/dri/renderD255"
                + " --cgroup-parent=/"
                + KernelCgroups.ofThisMachine(new Host(Syscalls.ofThisMachine()))
                        .mount()
                        .relativize(parent.path());
        assertThat(run(options, "sh -c '</dev/dri/renderD255'")).contains(outcome);
        assertThat(run(options.replaceFirst("--annotation \\S+", ""), "sh -c '</dev/dri/renderD255'"))
                .contains("No such device");
    }
}
