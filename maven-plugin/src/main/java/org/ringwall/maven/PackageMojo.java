// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.maven.artifact.Artifact;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.Component;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.plugins.annotations.ResolutionScope;
import org.apache.maven.project.MavenProject;
import org.apache.maven.project.MavenProjectHelper;
import org.apache.maven.settings.Settings;
import org.apache.maven.settings.crypto.SettingsDecrypter;
import org.jspecify.annotations.Nullable;
import org.ringwall.compiler.api.BundleResult;
import org.ringwall.compiler.api.CompileResult;
import org.ringwall.compiler.api.InvalidBundleException;
import org.ringwall.compiler.api.Options;
import org.ringwall.compiler.api.PolicyBundle;

/**
 * Writes a bundle of the policies that the goal {@code compile} has compiled: their objects for
 * both byte orders, their sources and a manifest. The same inputs give the same bytes. In a project
 * of the packaging {@code wallpack} the bundle is the artifact, in others an additional one of the
 * type {@code wallpack}. With {@code signingKey} or {@code signature} the bundle is signed.
 */
@Mojo(
        name = "package",
        defaultPhase = LifecyclePhase.PACKAGE,
        requiresDependencyResolution = ResolutionScope.COMPILE,
        threadSafe = true)
public final class PackageMojo extends PolicyMojo {
    /** The packaging, the type of the artifact and its extension. */
    private static final String WALLPACK = Dependencies.TYPE;

    /** The folder of objects. */
    @Parameter(defaultValue = "${project.build.directory}/ringwall", required = true)
    private File outputDirectory = new File("target/ringwall");

    /**
     * Sets of kernels, each with commas between its kernels, such as {@code 5.10,6.1}. Each policy
     * is compiled for each set, and {@code ringwall apply} chooses. If empty: {@code targets} is
     * the only set.
     */
    @Parameter
    private List<String> targetSets = new ArrayList<>();

    /** The name of the bundle, which hosts show. If empty: the group and the artifact. */
    @Parameter(property = "ringwall.bundleName")
    private String bundleName = "";

    /** The bundle. */
    @Parameter(defaultValue = "${project.build.directory}/${project.build.finalName}.wallpack", required = true)
    private File archive = new File("target/policies.wallpack");

    /**
     * The private key that signs the bundle, for Ed25519 or ECDSA with P-256: PKCS#8 as PEM, which
     * {@code ringwallc keygen} and openssl write. If not set: the bundle is not signed.
     */
    @Parameter(property = "ringwall.signingKey")
    private @Nullable File signingKey;

    /**
     * The id of the server in settings.xml whose {@code passphrase} the private key is encrypted
     * with. If not set: the environment variable {@code RINGWALL_PASSPHRASE} has the passphrase.
     */
    @Parameter(property = "ringwall.signingServer")
    private @Nullable String signingServer;

    /** A file for exactly the bytes to be signed elsewhere, as by an HSM. If not set: none. */
    @Parameter(property = "ringwall.payload")
    private @Nullable File payload;

    /**
     * A signature of these bytes that was made elsewhere, which is added to the bundle: 64 bytes
     * for Ed25519, DER for ECDSA. Needs {@code signer}.
     */
    @Parameter(property = "ringwall.signature")
    private @Nullable File signature;

    /** The public key whose signature it is: SubjectPublicKeyInfo as PEM. */
    @Parameter(property = "ringwall.signer")
    private @Nullable File signer;

    @Parameter(defaultValue = "${project.artifact}", readonly = true, required = true)
    @SuppressWarnings("NullAway.Init")
    private Artifact artifact;

    @Parameter(defaultValue = "${project}", readonly = true, required = true)
    private @Nullable MavenProject mavenProject;

    @Parameter(defaultValue = "${settings}", readonly = true, required = true)
    private Settings settings = new Settings();

    @Component
    private @Nullable MavenProjectHelper attachments;

    @Component
    private @Nullable SettingsDecrypter decrypter;

    @Parameter(defaultValue = "${project.packaging}", readonly = true, required = true)
    private String packaging = WALLPACK;

    @Override
    public void execute() throws MojoExecutionException, MojoFailureException {
        if (skipped()) {
            return;
        }
        Path objects =
                project().resolve(outputDirectory.toPath()).toAbsolutePath().normalize();
        List<Entry> policies = policies(objects);
        if (policies.isEmpty()) {
            throw new MojoFailureException("there are no objects in `" + objects
                    + "` to package; run the goal compile before, with a policy in `"
                    + sources().folder() + "`");
        }
        Path file = project().resolve(archive.toPath()).toAbsolutePath().normalize();
        Signing signing = signing();
        try {
            Path stamp = stamp("package");
            if (isUpToDate(stamp, file, policies, signing)) {
                finish(file);
                getLog().info("Nothing to package - " + file + " is up to date");
                return;
            }
            byte[] content = signing.sign(bundle(policies)).content();
            if (!Files.isRegularFile(file) || !Arrays.equals(Files.readAllBytes(file), content)) {
                Files.createDirectories(file.getParent());
                Path part = file.resolveSibling(file.getFileName() + ".part");
                Files.write(part, content);
                Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            }
            Files.createDirectories(stamp.getParent());
            Files.writeString(stamp, state(file, policies, signing));
        } catch (IOException e) {
            throw Failures.cannot("write", file, e);
        }
        finish(file);
        getLog().info(policies.size() + (policies.size() == 1 ? " policy" : " policies") + " packaged in " + file);
    }

    private void finish(Path file) {
        if (packaging.equals(WALLPACK)) {
            artifact.setFile(file.toFile());
        } else if (attachments != null && mavenProject != null) {
            attachments.attachArtifact(mavenProject, WALLPACK, file.toFile());
        }
    }

    private Signing signing() {
        return new Signing(
                inProject(signingKey),
                Passphrase.of(signingServer, settings, decrypter),
                inProject(payload),
                inProject(signature),
                inProject(signer));
    }

    /** Returns an absolute path; empty if there is none. Maven passes null for an empty element. */
    private Optional<Path> inProject(@Nullable File file) {
        return Optional.ofNullable(file)
                .map(given -> project().resolve(given.toPath()).toAbsolutePath().normalize());
    }

    private boolean isUpToDate(Path stamp, Path file, List<Entry> policies, Signing signing)
            throws IOException, MojoFailureException {
        return Files.isRegularFile(stamp)
                && Files.isRegularFile(file)
                && Files.readString(stamp).equals(state(file, policies, signing));
    }

    /** Returns a key that changes with the bundle and with everything on which it depends. */
    private String state(Path file, List<Entry> policies, Signing signing) throws IOException, MojoFailureException {
        StringBuilder state = new StringBuilder(key(name(), artifact.getVersion(), targetSets, signing.state()))
                .append('\n')
                .append(FileState.sizeAndTime(file));
        policies.forEach(entry -> entry.inputs()
                .forEach(input ->
                        state.append('\n').append(input.sha256()).append(' ').append(input.path())));
        return state.toString();
    }

    private String name() {
        return bundleName == null || bundleName.isBlank()
                ? artifact.getGroupId() + ":" + artifact.getArtifactId()
                : bundleName;
    }

    private PolicyBundle bundle(List<Entry> policies) throws IOException, MojoFailureException {
        List<List<String>> sets = words(targetSets).stream()
                .map(set -> words(List.of(set.split(",", -1))))
                .toList();
        List<Path> files = policies.stream().map(entry -> Path.of(entry.name())).toList();
        Options options = options();
        Set<String> declared = policies.stream()
                .flatMap(entry -> entry.params().stream())
                .collect(Collectors.toCollection(TreeSet::new));
        Map<String, String> params = new TreeMap<>(options.params());
        params.keySet().retainAll(declared);
        try {
            BundleResult result = PolicyBundle.compile(
                    name(),
                    artifact.getVersion(),
                    files,
                    sets,
                    new Options(options.targets(), options.order(), params, options.base()),
                    compilations()::compile);
            Messages messages = messages();
            for (CompileResult each : result.results()) {
                if (each.policy().isEmpty()) {
                    each.diagnostics().forEach(error -> messages.error(Messages.text(options.base(), error)));
                }
            }
            return result.bundle()
                    .orElseThrow(() -> new MojoFailureException("a policy does not compile for all targets"));
        } catch (InvalidBundleException e) {
            throw new MojoFailureException(e.getMessage() + "; " + e.help(), e);
        } catch (IllegalArgumentException e) {
            throw new MojoFailureException(e.getMessage() + " in targetSets", e);
        }
    }

    /** Returns the policies that all executions of the goal `compile` have compiled. */
    private List<Entry> policies(Path objects) throws MojoExecutionException, MojoFailureException {
        List<Entry> policies = new ArrayList<>();
        Path folder = stamps(CompileMojo.GOAL);
        try (Stream<Path> stamps = Files.isDirectory(folder) ? Files.list(folder) : Stream.empty()) {
            for (Path stamp :
                    stamps.filter(file -> file.toString().endsWith(STAMP)).toList()) {
                Stamp compiled = Stamp.read(stamp);
                for (Entry entry : compiled.entries()) {
                    if (entry.kind() == Entry.Kind.POLICY
                            && entry.outputs().get(0).path().startsWith(objects)) {
                        refuseOutdated(compiled, entry);
                        policies.add(entry);
                    }
                }
            }
        } catch (IOException e) {
            throw Failures.cannot("read", folder, e);
        }
        policies.sort(Comparator.comparing(entry -> entry.outputs().get(0).path()));
        return policies;
    }

    private static void refuseOutdated(Stamp stamp, Entry entry) throws IOException, MojoFailureException {
        for (FileState input : entry.inputs()) {
            if (!stamp.sameContent(input)) {
                throw new MojoFailureException("`" + input.path()
                        + "` has changed since the goal compile; run the goal again before this one");
            }
        }
        FileState object = entry.outputs().get(0);
        if (!object.untouched()) {
            throw new MojoFailureException("`" + object.path()
                    + "` is not the object that the goal compile wrote; run the goal again before this one");
        }
    }
}
