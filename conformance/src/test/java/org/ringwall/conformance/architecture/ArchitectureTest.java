// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertAll;

import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.core.domain.properties.HasOwner;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A test of the dependencies in ARCHITECTURE.md against the compiled classes of every module on the
 * class path.
 */
@AnalyzeClasses(packages = "org.ringwall", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
    private static final String OURS = "org.ringwall.";

    /** The packages that every package may use: the JDK's, and annotations that only tools read. */
    private static final List<String> EVERYWHERE = List.of("java..", "org.jspecify..", "com.google.errorprone..");

    @ArchTest
    static final ArchRule onlySyntaxAndTheGrammarSeeAntlr = noClasses()
            .that()
            .resideOutsideOfPackages("org.ringwall.compiler.syntax", "org.ringwall.grammar..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.antlr..", "org.ringwall.grammar..");

    @ArchTest
    static final ArchRule onlySysSeesJnr = noClasses()
            .that()
            .resideOutsideOfPackage("org.ringwall.sys")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("jnr..", "com.kenai..");

    /**
     * Code that loads jffi must check its native library first: otherwise jffi extracts one and
     * loads that.
     */
    @ArchTest
    static final ArchRule onlyTheCheckedStubStartsJffi = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("org.ringwall.sys.NativeStub")
            .should()
            .callMethodWhere(JavaCall.Predicates.target(HasOwner.Predicates.With.owner(
                            JavaClass.Predicates.resideInAnyPackage("jnr.ffi..", "com.kenai..")))
                    .and(JavaCall.Predicates.target(HasName.Predicates.nameMatching(
                            "getInstance|getDefault|getCachedInstance|openLibrary|getCallContext"))));

    @ArchTest
    static final ArchRule noPartOfAHostSeesTheCompiler = noClasses()
            .that()
            .resideInAnyPackage("org.ringwall.sys..", "org.ringwall.loader..", "org.ringwall.host..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.ringwall.compiler..", "org.ringwall.grammar..");

    @ArchTest
    static final ArchRule theLoaderNeverSeesTheHost = noClasses()
            .that()
            .resideInAPackage("org.ringwall.loader..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.ringwall.host..");

    /** Only `why` interprets programs. */
    @ArchTest
    static final ArchRule noOtherPartOfAHostSeesTheMachine = noClasses()
            .that()
            .resideInAnyPackage("org.ringwall.loader..", "org.ringwall.host..")
            .and()
            .resideOutsideOfPackage("org.ringwall.host.why")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.ringwall.machine..");

    @ArchTest
    static final ArchRule theCompilerNeverSeesTheLoader = noClasses()
            .that()
            .resideInAPackage("org.ringwall.compiler..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.ringwall.loader..");

    /** The compiler finds it as a service. */
    @ArchTest
    static final ArchRule nothingSeesTheRegistryClient = noClasses()
            .that()
            .resideOutsideOfPackage("org.ringwall.registry..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.ringwall.registry..");

    @ArchTest
    static final ArchRule theObjectModelKnowsNothingOfOurs =
            onlyUses("org.ringwall.bpf..", List.of("org.ringwall.bpf..", "tools.jackson.core.."));

    @ArchTest
    static final ArchRule theMachineKnowsTheObjectModelAlone =
            onlyUses("org.ringwall.machine..", List.of("org.ringwall.machine..", "org.ringwall.bpf.."));

    @ArchTest
    static final ArchRule bundlesKnowTheObjectModelAlone =
            onlyUses("org.ringwall.bundle..", List.of("org.ringwall.bundle..", "org.ringwall.bpf..", "javax.crypto.."));

    @ArchTest
    static final ArchRule theCompilerHasNoCycle =
            slices().matching("org.ringwall.compiler.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule theObjectModelHasNoCycle =
            slices().matching("org.ringwall.bpf.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule theLoaderHasNoCycle =
            slices().matching("org.ringwall.loader.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule theHostHasNoCycle =
            slices().matching("org.ringwall.host.(*)..").should().beFreeOfCycles();

    /**
     * The reference and the compiler share no code after the typed policy, so that they cannot
     * share a mistake.
     */
    @ArchTest
    static final ArchRule theWayToTheProgramNeverSeesTheOracle = noClasses()
            .that()
            .resideInAnyPackage(
                    "org.ringwall.compiler.diagram",
                    "org.ringwall.compiler.tables",
                    "org.ringwall.compiler.ir",
                    "org.ringwall.compiler.irgen..",
                    "org.ringwall.compiler.ir.switches",
                    "org.ringwall.compiler.ir.opt",
                    "org.ringwall.compiler.codegen",
                    "org.ringwall.compiler.codegen.peephole",
                    "org.ringwall.compiler.emit")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.ringwall.compiler.reference",
                    "org.ringwall.compiler.ast",
                    "org.ringwall.compiler.syntax",
                    "org.ringwall.compiler.sema..");

    /**
     * The command compiles, evaluates and reports by the interface that Java programs have. Only
     * {@code dump}, {@code hooks} and {@code fields} print what that interface does not offer, and
     * {@code check} parses its option with the parser of requirements.
     */
    @ArchTest
    static final ArchRule theCommandReadsPoliciesByTheSupportedInterface = noClasses()
            .that()
            .resideInAPackage("org.ringwall.compiler.cli")
            .and()
            .haveNameNotMatching(".*\\.(CheckCommand|DumpCommand|HooksCommand|FieldsCommand)(\\$.*)?")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.ringwall.compiler.pipeline",
                    "org.ringwall.compiler.policy",
                    "org.ringwall.compiler.bypass",
                    "org.ringwall.bpf.object");

    /** Each package of the product, and the packages of the product that it may use. */
    private static final Map<String, List<String>> ARROWS = arrows("""
            bpf.insn          :
            bpf.asm           : bpf.insn bpf.kernel
            bpf.flow          : bpf.insn
            bpf.elf           :
            bpf.btf           : bpf.elf
            bpf.json          :
            bpf.text          :
            bpf.kernel        : bpf.insn
            bpf.object        : bpf.insn bpf.elf bpf.btf
            bpf.state         : bpf.object bpf.kernel
            bpf.verifier      : bpf.insn bpf.flow bpf.kernel bpf.object bpf.btf
            bundle.sign       :
            bundle            : bpf.insn bpf.json bpf.kernel bpf.object
            bundle.attest     : bundle bundle.sign bpf.json
            machine.map       : bpf.btf bpf.kernel bpf.object bpf.state
            machine           : machine.map bpf.insn bpf.asm bpf.kernel bpf.object
            compiler.report   :
            compiler.source   : compiler.report bpf.text
            compiler.value    :
            compiler.model.request  : compiler.value bpf.kernel bpf.object
            compiler.strings  : compiler.value
            compiler.policy   : compiler.source compiler.value compiler.model.request compiler.strings bpf.kernel bpf.state
            compiler.ast      : compiler.source compiler.value
            compiler.files    : compiler.source
            compiler.syntax   : compiler.ast compiler.source compiler.value grammar
            compiler.sema.text  : compiler.report compiler.ast compiler.policy compiler.model.request compiler.value \
                                compiler.source compiler.strings bpf.kernel bpf.state
            compiler.sema.guard : compiler.sema.text compiler.ast compiler.policy compiler.value compiler.source bpf.kernel bpf.state
            compiler.sema.rule  : compiler.sema.guard compiler.sema.text compiler.ast compiler.policy compiler.model.request \
                                compiler.value compiler.source bpf.kernel bpf.state
            compiler.sema.declaration : compiler.sema.guard compiler.sema.text compiler.report compiler.ast compiler.policy \
                                compiler.value compiler.source bpf.kernel bpf.state
            compiler.sema.test  : compiler.sema.declaration compiler.sema.rule compiler.sema.guard compiler.sema.text compiler.ast \
                                compiler.policy compiler.model.request compiler.value compiler.source bpf.kernel bpf.state
            compiler.sema     : compiler.sema.test compiler.sema.declaration compiler.sema.rule compiler.sema.guard \
                                compiler.sema.text compiler.report compiler.ast compiler.policy compiler.value compiler.source \
                                bpf.kernel bpf.state
            compiler.reference: compiler.policy compiler.model.request compiler.value compiler.source bpf.kernel bpf.state
            compiler.diagram  : compiler.policy compiler.model.request compiler.value compiler.source compiler.strings \
                                bpf.kernel bpf.state
            compiler.analysis : compiler.report compiler.diagram compiler.reference compiler.policy compiler.model.request \
                                compiler.value compiler.source compiler.strings bpf.kernel bpf.state
            compiler.bypass : compiler.report compiler.diagram compiler.strings compiler.policy compiler.value compiler.source bpf.kernel
            compiler.tables    : bpf.kernel
            compiler.ir       : compiler.tables compiler.policy compiler.value compiler.source \
                                bpf.insn bpf.kernel bpf.state
            compiler.irgen.string: compiler.diagram compiler.ir compiler.tables compiler.policy compiler.value \
                                compiler.source compiler.strings bpf.insn bpf.kernel
            compiler.irgen    : compiler.irgen.string compiler.diagram compiler.ir compiler.tables compiler.policy compiler.value \
                                compiler.source compiler.strings bpf.insn bpf.kernel bpf.state
            compiler.ir.switches     : compiler.ir compiler.tables compiler.policy compiler.source bpf.insn bpf.kernel \
                                bpf.state compiler.value
            compiler.ir.opt     : compiler.ir.switches compiler.ir compiler.policy compiler.value bpf.insn bpf.kernel
            compiler.codegen.peephole     : bpf.asm bpf.flow bpf.insn
            compiler.codegen  : compiler.codegen.peephole compiler.ir compiler.tables compiler.policy compiler.value compiler.source bpf.insn \
                                bpf.asm bpf.kernel bpf.state bpf.verifier
            compiler.emit     : compiler.ir compiler.tables compiler.policy compiler.value compiler.source bpf.insn \
                                bpf.asm bpf.btf bpf.kernel bpf.object bpf.state bpf.verifier
            compiler.testrunner  : compiler.report compiler.reference compiler.policy compiler.model.request compiler.value compiler.source \
                                machine machine.map bpf.kernel bpf.object bpf.state
            compiler.pipeline   : compiler.report compiler.source compiler.ast compiler.syntax compiler.policy compiler.sema \
                                compiler.diagram compiler.bypass compiler.ir compiler.irgen compiler.ir.switches \
                                compiler.ir.opt compiler.codegen compiler.emit \
                                bpf.insn bpf.asm bpf.kernel bpf.object bpf.state
            compiler.cli      : compiler.api compiler.report compiler.value compiler.pipeline compiler.bypass compiler.policy \
                                compiler.source compiler.files bundle bundle.attest bundle.sign bpf.json bpf.kernel bpf.object bpf.text
            compiler.api      : compiler.report compiler.pipeline compiler.testrunner compiler.analysis compiler.bypass compiler.diagram \
                                compiler.emit compiler.policy compiler.source compiler.files compiler.value bpf.kernel \
                                bpf.object bundle bundle.sign
            sys               : bpf.kernel
            loader.model      : bpf.kernel bpf.state bpf.text sys
            loader.bpf        : sys bpf.object bpf.kernel loader.model
            loader.cgroup     : sys bpf.kernel loader.model
            loader.state      : sys loader.bpf bpf.btf bpf.kernel bpf.object bpf.state bpf.text loader.model
            loader.object     : sys loader.bpf loader.state bpf.btf bpf.kernel bpf.object bpf.state bundle bpf.text \
                                loader.model
            loader.instance   : sys loader.bpf loader.state loader.object bpf.insn bpf.asm bpf.btf bpf.kernel \
                                bpf.object bpf.state bundle bpf.text loader.model
            loader.programs   : sys loader.bpf loader.cgroup loader.state loader.object loader.instance bpf.insn \
                                bpf.kernel bpf.object bpf.state bpf.text loader.model
            loader.apply      : sys loader.bpf loader.cgroup loader.state loader.object loader.instance \
                                loader.programs loader.sockets bpf.insn bpf.btf bpf.kernel bpf.object bpf.state \
                                loader.model
            loader.host       : sys loader.bpf loader.cgroup loader.object loader.instance loader.programs \
                                loader.sockets loader.apply loader.trust bpf.insn bpf.btf bpf.kernel bpf.object bundle loader.model
            loader.api        : sys loader.bpf loader.object loader.instance loader.apply loader.host loader.cgroup \
                                loader.state loader.sockets loader.trust bpf.kernel bpf.state loader.model
            loader.trust      : sys loader.object loader.instance bundle bundle.sign bpf.object bpf.text loader.model
            loader.sockets    : sys loader.bpf loader.cgroup bpf.asm bpf.btf bpf.insn bpf.kernel bpf.object \
                                loader.model
            host.protobuf     :
            host.container    : host.protobuf bpf.json loader.model host.place
            host.nri          : host.protobuf
            host.unit         : sys bpf.text loader.model
            host.doctor       : sys loader.api loader.instance loader.host host.container \
                                host.unit bundle bpf.text loader.model
            host.evidence     : sys loader.object loader.instance \
                                loader.host loader.trust bundle bundle.attest bpf.kernel bpf.text \
                                loader.model
            host.agent        : bpf.json
            host.sync         : sys host.container loader.object loader.instance \
                                loader.apply loader.host bpf.text loader.model host.place host.words
            host.metrics      : sys loader.api host.container loader.host bpf.kernel bpf.state bpf.text loader.model
            host.export       : sys host.container loader.host \
                                bpf.json bpf.state bpf.text host.words loader.model host.place
            host.delegation   : sys loader.api loader.host bpf.kernel loader.model
            host.why          : sys loader.api loader.instance loader.host machine \
                                machine.map bpf.kernel bpf.object bpf.state bpf.btf loader.model
            host.words        : bpf.text loader.model
            host.journal      : host.words bpf.json bpf.text sys loader.model
            host.terminal     : host.words bpf.kernel bpf.text sys
            host.events       : host.container loader.host bpf.json \
                                bpf.state bpf.text sys loader.model
            host.run          : host.delegation host.journal host.terminal loader.apply \
                                loader.host loader.instance loader.object bpf.kernel bpf.text sys loader.model
            host.cli.command  : host.container host.journal host.words loader.apply \
                                loader.host loader.instance loader.object loader.trust bpf.json bpf.kernel \
                                bpf.state bpf.text sys loader.model host.place
            host.cli.status   : host.cli.command host.container host.delegation host.doctor host.evidence host.journal \
                                host.sync host.terminal host.why host.words loader.host loader.instance \
                                loader.object loader.trust bpf.json bpf.kernel \
                                bpf.object bpf.text bundle.attest bundle.sign sys loader.model
            host.cli.apply    : host.cli.command host.cli.status host.delegation host.journal host.run host.sync \
                                host.terminal host.unit host.words loader.apply loader.host \
                                loader.instance loader.object bpf.json bpf.text sys bpf.kernel \
                                loader.model
            host.cli.state    : host.cli.command host.container host.events host.export host.journal host.metrics \
                                host.words loader.host bpf.json \
                                bpf.state bpf.text sys loader.model
            host.cli.origin   : host.cli.command host.cli.status host.journal host.words loader.host loader.object \
                                loader.trust bpf.json bpf.text bundle bundle.sign sys loader.model
            host.cli.runtime  : host.agent host.cli.command host.container host.journal host.nri host.words \
                                loader.apply loader.host bpf.text sys loader.model host.place
            host.cli.repair   : host.cli.command host.delegation host.journal host.run host.words loader.apply \
                                loader.host bpf.json bpf.text sys loader.model
            host.cli          : host.agent loader.api host.cli.apply host.cli.command host.cli.origin host.cli.repair \
                                host.cli.runtime host.cli.state host.cli.status host.container host.delegation \
                                host.journal host.sync host.terminal host.words loader.host loader.instance loader.object \
                                loader.trust bpf.json bpf.text loader.model
            host.place        : loader.model
            registry          : compiler.cli compiler.files bundle bundle.sign bpf.json
            """);

    /** Libraries, and the packages that may use each. */
    private static final Map<String, List<String>> LIBRARIES = Map.ofEntries(
            Map.entry("bpf.json", List.of("tools.jackson.core..")),
            Map.entry("bundle.sign", List.of("javax.crypto..")),
            Map.entry("compiler.syntax", List.of("org.antlr.v4.runtime..")),
            Map.entry("compiler.cli", List.of("picocli..")),
            Map.entry("host.agent", List.of("jdk.net..")),
            Map.entry("host.cli", List.of("picocli..")),
            Map.entry("host.cli.command", List.of("picocli..")),
            Map.entry("host.cli.apply", List.of("picocli..")),
            Map.entry("host.cli.status", List.of("picocli..")),
            Map.entry("host.cli.state", List.of("picocli..")),
            Map.entry("host.cli.origin", List.of("picocli..")),
            Map.entry("host.cli.runtime", List.of("picocli..")),
            Map.entry("host.cli.repair", List.of("picocli..")),
            Map.entry("host.sync", List.of("org.snakeyaml..")),
            Map.entry("host.metrics", List.of("io.netty..", "io.prometheus..", "jdk.net..")),
            Map.entry("registry", List.of("land.oras..", "picocli..", "javax.net.ssl..")),
            Map.entry("sys", List.of("jnr.ffi..", "com.kenai.jffi..", "sun.misc..")));

    @ArchTest
    static void everyPackageUsesOnlyWhatItsArrowsName(JavaClasses classes) {
        assertAll(ARROWS.keySet().stream()
                .map(name -> () -> onlyUses(OURS + name, allowed(name)).check(classes)));
    }

    private static List<String> allowed(String name) {
        List<String> allowed = new ArrayList<>(LIBRARIES.getOrDefault(name, List.of()));
        allowed.add(OURS + name);
        ARROWS.getOrDefault(name, List.of()).forEach(target -> allowed.add(OURS + target));
        return allowed;
    }

    @ArchTest
    static void everyPackageOfTheProductHasItsArrows(JavaClasses classes) {
        Set<String> packages = classes.stream()
                .map(JavaClass::getPackageName)
                .filter(name ->
                        name.matches("org\\.ringwall\\.(bpf|bundle|machine|sys|compiler|loader|host|registry)\\b.*"))
                .map(name -> name.substring(OURS.length()))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(packages).isEqualTo(ARROWS.keySet());
    }

    private static Map<String, List<String>> arrows(String table) {
        Map<String, List<String>> arrows = new TreeMap<>();
        for (String row : table.strip().lines().toList()) {
            String[] sides = row.split(":", -1);
            List<String> targets =
                    sides[1].isBlank() ? List.of() : List.of(sides[1].strip().split("\\s+", -1));
            arrows.put(sides[0].strip(), targets);
        }
        return arrows;
    }

    private static ArchRule onlyUses(String name, List<String> packages) {
        List<String> allowed = new ArrayList<>(EVERYWHERE);
        allowed.addAll(packages);
        return classes()
                .that()
                .resideInAPackage(name)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(allowed.toArray(String[]::new));
    }
}
