/**
 * Words that French people make passwords of and that a dictionary by frequency ranks too low to say so: without accents, in
 * lower case. Written for this project; what the dictionaries of zxcvbn know is not repeated, but for its kind.
 */
const lists = {
  common: `motdepasse motdepass mdp monmotdepasse lemotdepasse nouveaumotdepasse passe code codesecret monsecret secret sesame ouvretoi
    ouvretoisesame azerty azertyui azertyuiop qsdfgh qsdfghjkl qsdfghjklm wxcvbn aqwzsx aqwxsz changeme changemoi change changez
    achanger amodifier modifiezmoi bienvenue bonjour bonsoir salut coucou bonnejournee bonneannee joyeuxnoel noel test tests essai
    essais demo admin administrateur utilisateur user guest invite connexion identifiant compte moncompte session login welcome
    password passw letmein jetaime jetadore jetaimemonamour tuesmavie mavie monamour moncoeur moncheri macherie monbebe mafille
    monfils mafamille mesenfants mamaman monpapa maman papa maminou mamie papi papy tonton tata doudou chouchou loulou loulou
    nounours bisous bisou poupette princesse prince chaton minou minette bebe bibou titi toto tata tutu lolo lulu coco cocolapin
    kiki nono zaza chouquette caramel chocolat nutella vanille fraise framboise cerise noisette reglisse soleil lune etoile
    etoiles arcenciel papillon licorne dauphin tigrou poussin lapin cheval chevaux chien chat loup lion tigre panda koala dragon
    amour passion liberte egalite fraternite libertegalitefraternite bonheur joie sourire espoir plaisir amitie vacances plage
    piscine montagne campagne jardin maison mamaison voiture moto velo camion bateau avion train football foot rugby tennis
    basket petanque ski guitare musique piano danse marseillaise vivelafrance allezlesbleus allezlebleus allezlom allezparis
    ledernier dernier premiere jesuis cestmoi jenesaispas rien quelquechose nimportequoi internet ordinateur bureau travail
    boulot wifi livebox freebox bbox sfr orange bouygues facebook google gmail hotmail yahoo outlook windows microsoft apple
    iphone samsung android playstation pokemon pikachu mario zelda naruto starwars harrypotter hogwarts superman batman spiderman
    asterix obelix tintin milou schtroumpf tchoupi peppa lareine johnny hallyday goldman celine mylene zidane zizou mbappe
    ronaldo messi neymar griezmann benzema platini henry thierryhenry killian antoine`,
  club: `psg parissaintgermain om olympiquedemarseille olympiquemarseille marseille olympiquelyonnais lyonnais ol asse saintetienne
    stetienne losc lillois girondins girondinsdebordeaux asmonaco staderennais stade stadetoulousain stadefrancais fcnantes
    canaris rclens racing racingclub lensois ogcnice aiglons montpellierherault fcmetz messins fcsochaux staderennais hac
    lehavreac ajauxerre angers sco fclorient merlus brest brestois clermont asm asmclermont ubb racing92 toulon rct rctoulon
    castres olympique bayonnais aviron bop biarritz usap perpignan bleus lesbleus equipedefrance fff realmadrid real madrid
    barca fcbarcelone fcbarcelona barcelone manchester united mancity chelsea arsenal liverpool juventus juve milan acmilan inter
    bayern dortmund ajax benfica galatasaray fenerbahce`,
  place: `paris marseille lyon toulouse nice nantes montpellier strasbourg bordeaux lille rennes reims toulon saintetienne lehavre
    grenoble dijon angers villeurbanne saintdenis nimes clermontferrand aixenprovence lemans brest tours amiens annecy limoges
    metz boulognebillancourt perpignan besancon orleans rouen montreuil argenteuil mulhouse caen nancy tourcoing roubaix nanterre
    vitry creteil avignon poitiers aubervilliers dunkerque aulnay colombes asnieres versailles saintpaul courbevoie cherbourg
    rueil beziers champigny pau larochelle saintmaur cannes antibes calais drancy merignac ajaccio saintnazaire colmar issy
    noisy evry cergy pessac venissieux valence levallois neuilly troyes antony bourges quimper chambery niort lorient sarcelles
    villejuif beauvais hyeres epinay cholet montauban pantin laval ivry maisonsalfort bondy vannes larochesuryon arles
    fontenay clamart evreux saintouen sartrouville narbonne grasse belfort saintmalo bayonne charleville albi carcassonne blois
    brive chalons chalon meaux frejus bobigny saintbrieuc tarbes bastia castres arras alencon agen gap digne auch mende rodez
    cahors foix aurillac lepuy moulins nevers auxerre macon bourgenbresse lonslesaunier vesoul epinal barleduc laon soissons
    compiegne senlis chantilly dreux chartres saintlo avranches granville fougeres vitre dinan dinard concarneau douarneux roscoff
    morlaix lannion guingamp pontivy redon saumur thouars cognac angouleme saintes royan rochefort arcachon biarritz dax
    montdemarsan lourdes lens lievin douai valenciennes maubeuge cambrai boulogne saintomer hazebrouck bethune sete agde ales
    orange gard frontignan menton monaco cagnes vence draguignan saintraphael sainttropez gardanne martigues istres aubagne
    cassis salon cavaillon carpentras apt manosque briancon chamonix megeve albertville aixlesbains thonon evian oyonnax vienne
    roanne vichy riom thiers montlucon chateauroux issoudun vierzon gien montargis pithiviers sens fontainebleau melun
    provins rambouillet mantes poissy lareunion reunion martinique guadeloupe guyane mayotte fortdefrance pointeapitre cayenne
    saintpierre noumea tahiti papeete corse bretagne normandie alsace lorraine provence auvergne aquitaine occitanie picardie
    champagne bourgogne franchecomte limousin poitou charentes languedoc roussillon rhone alpes savoie hautesavoie isere drome
    ardeche gironde landes dordogne finistere morbihan cotesdarmor illeetvilaine vendee loireatlantique maineetloire sarthe
    mayenne calvados manche orne eure seinemaritime somme oise aisne nord pasdecalais ardennes marne meuse moselle basrhin
    hautrhin vosges doubs jura haute saone nievre yonne cotedor aube loiret cher indre touraine vienne correze creuse cantal
    hauteloire puydedome allier ain loire vaucluse var bouchesdurhone alpesmaritimes herault aude pyrenees ariege tarn
    hautegaronne gers lot aveyron lozere essonne yvelines valdemarne valdoise hautsdeseine seinesaintdenis seineetmarne
    iledefrance france belgique bruxelles liege charleroi namur suisse geneve lausanne luxembourg allemagne berlin munich espagne
    madrid barcelone portugal lisbonne porto italie rome milan venise naples angleterre londres irlande dublin ecosse maroc
    casablanca rabat marrakech agadir tanger algerie alger oran constantine kabylie tunisie tunis senegal dakar cotedivoire
    abidjan cameroun douala yaounde congo kinshasa madagascar antananarivo comores canada quebec montreal usa newyork
    losangeles chicago miami floride californie bresil rio mexique japon tokyo chine pekin vietnam saigon hanoi thailande bangkok
    inde turquie istanbul grece athenes egypte lecaire dubai`,
  date: `janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre lundi mardi mercredi jeudi vendredi samedi
    dimanche printemps ete automne hiver january february march april june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday spring summer autumn winter anniversaire naissance rentree annee
    nouvelan`,
  trade: `opco opcommerce lopcommerce opcommerces formation formations formateur formatrice organisme organismedeformation
    organismes centredeformation cfa apprenti apprentie apprentis apprentissage alternance alternant alternante stagiaire
    stagiaires stage contrat contratpro professionnalisation entreprise entreprises etablissement siret siren commerce commercial
    commerciale commercant boutique magasin vente vendeur vendeuse caisse client clients clientele conseiller conseillere
    partenaire partenaires partenariat portail webservice webservices extranet intranet espace gestion gestionnaire comptable
    comptabilite facture factures facturation devis dossier dossiers convention conventions financement branche branches
    competence competences qualiopi certification certif diplome cpf compteformation edof agefice fongecif urssaf acoss pole
    poleemploi francetravail emploi recrutement embauche salarie salaries employeur employe personnel ressourceshumaines rh drh
    directeur directrice direction assistant assistante secretaire secretariat accueil responsable chef projet service services
    informatique technique support reseau serveur logiciel application appli bonjourservice societe association groupe agence
    cabinet ecole college lycee universite iut greta afpa cci chambre metiers artisan artisanat boulangerie boulanger coiffure
    coiffeur coiffeuse esthetique restaurant restauration cuisine hotel hotellerie tourisme immobilier assurance banque transport
    logistique batiment menuiserie plomberie electricite garage automobile pharmacie optique bijouterie librairie fleuriste
    jardinerie animalerie supermarche hypermarche supermarches carrefour leclerc auchan intermarche lidl decathlon fnac darty
    ikea leroymerlin castorama`,
} as const;

/** What a word is, as a refusal says it. */
export type WordKind = keyof typeof lists;

/** Each of these words, and what it is; a word of several lists is what the later one says. */
export const expectedWords: ReadonlyMap<string, WordKind> = new Map(
  Object.entries(lists).flatMap(([kind, words]) =>
    words.split(/\s+/).map((word) => [word, kind as WordKind] as const),
  ),
);
