"""The synthetic scenario's site table: invented positions in real cities, real coordinates for airports."""

from __future__ import annotations

# city | category | name | latitude | longitude | radius in m | fictional (1: plausible position, 0: real coordinates).
# Airport coordinates: airportsdata (MIT). Every position marked 1 was drawn at random inside its city.
SITE_TABLE = """
Niamey|airport|Niamey airport (Diori Hamani)|13.48150|2.18361|1200|0
Niamey|air base|Air Base 101|13.46550|2.20500|600|1
Niamey|border crossing|Border crossing Gaya-Malanville|11.88040|3.41080|400|1
Niamey|border crossing|Border crossing Makalondi-Foetchango|12.61830|1.65960|400|1
Niamey|border crossing|Border crossing Ayorou-Labbezanga|14.95540|0.73220|400|1
Niamey|border crossing|Border crossing Birni N'Konni|13.74880|5.26470|400|1
Niamey|government|Presidential palace|13.49170|2.11890|250|1
Niamey|government|National Assembly|13.50560|2.08550|150|1
Niamey|government|Ministry of Defense|13.52190|2.10850|150|1
Niamey|government|Ministry of the Interior|13.51900|2.08620|150|1
Niamey|government|Treasury|13.50450|2.11280|150|1
Niamey|government|Television Tele Sahel|13.52840|2.10230|150|1
Niamey|military|Presidential Guard barracks|13.53090|2.07380|400|1
Niamey|military|Garrison Bagagi Iya|13.51830|2.14270|400|1
Niamey|military|Garrison Tondibiah|13.54700|2.12430|400|1
Niamey|military|Garrison Koira Tegui|13.48380|2.07640|400|1
Niamey|military|Logistics depot Goudel|13.48790|2.14420|400|1
Niamey|police|National police headquarters|13.53450|2.09280|150|1
Niamey|police|Gendarmerie headquarters|13.52180|2.13280|150|1
Niamey|embassy|Embassy of France|13.53140|2.11500|100|1
Niamey|embassy|Embassy of Algeria|13.50940|2.09990|100|1
Niamey|embassy|Embassy of Nigeria|13.53650|2.10490|100|1
Niamey|embassy|Embassy of China|13.50310|2.12130|100|1
Niamey|hotel|Hotel Fleuve Bleu|13.52060|2.12750|90|1
Niamey|hotel|Hotel Ténéré Palace|13.52260|2.09390|90|1
Niamey|hotel|Hotel Kori|13.50510|2.13130|90|1
Niamey|hotel|Hotel des Dunes|13.50970|2.12660|90|1
Niamey|hotel|Hotel Girafe|13.52790|2.12740|90|1
Niamey|market|Grand market|13.52570|2.11040|200|1
Niamey|market|Katako market|13.50150|2.08860|200|1
Niamey|market|Wadata market|13.49710|2.10190|200|1
Niamey|transport hub|Wadata bus station|13.52130|2.11660|180|1
Niamey|transport hub|North truck park|13.47470|2.11720|180|1
Niamey|energy or mining|Goudel power plant|13.51710|2.07240|500|1
Niamey|telecom|Niamey telephone exchange|13.50930|2.11170|120|1
Agadez|airport|Agadez airport (Mano Dayak)|16.96600|8.00011|800|0
Agadez|air base|Air Base 201|16.94400|8.02000|800|1
Agadez|energy or mining|Arlit uranium mine|18.78000|7.33000|1500|1
Agadez|airport|Arlit airport|18.79040|7.36595|800|0
Agadez|military|Agadez garrison|16.98170|7.97950|400|1
Agadez|police|Agadez gendarmerie|16.97880|7.99330|150|1
Agadez|government|Agadez governorate|16.96410|7.98750|150|1
Agadez|hotel|Hotel Aïr Oasis|16.96780|7.98150|90|1
Agadez|hotel|Hotel Caravane|16.97630|7.98370|90|1
Agadez|market|Agadez market|16.97270|7.98730|200|1
Agadez|transport hub|Agadez bus station|16.97770|7.99840|180|1
Agadez|telecom|Agadez telephone exchange|16.97540|7.97880|120|1
Bamako|airport|Bamako airport (Modibo Keita)|12.53350|-7.94994|1200|0
Bamako|air base|Air Base Senou|12.51600|-7.93000|600|1
Bamako|border crossing|Border crossing Hèrèmakono-Koloko|11.09360|-5.39920|400|1
Bamako|government|Presidential palace Koulouba|12.58210|-7.96600|250|1
Bamako|government|Ministry of Defense|12.62370|-7.96490|150|1
Bamako|government|Ministry of Foreign Affairs|12.60400|-7.96060|150|1
Bamako|government|Treasury|12.62060|-7.95160|150|1
Bamako|government|National Assembly|12.61090|-8.00710|150|1
Bamako|government|Television ORTM|12.58610|-7.98900|150|1
Bamako|military|Kati garrison|12.65140|-7.94980|400|1
Bamako|military|Garrison Djicoroni|12.64700|-7.96480|400|1
Bamako|military|Garrison Ntomikorobougou|12.58870|-7.93690|400|1
Bamako|police|National police headquarters|12.61940|-7.96730|150|1
Bamako|police|Gendarmerie headquarters|12.58090|-7.99140|150|1
Bamako|embassy|Embassy of France|12.59250|-7.98620|100|1
Bamako|embassy|Embassy of Russia|12.61410|-7.97650|100|1
Bamako|embassy|Embassy of China|12.61400|-7.99870|100|1
Bamako|embassy|Embassy of Algeria|12.59950|-7.97440|100|1
Bamako|hotel|Hotel Djoliba|12.63100|-7.98440|90|1
Bamako|hotel|Hotel Colline|12.58410|-7.97090|90|1
Bamako|hotel|Hotel Grand Fleuve|12.60070|-7.95960|90|1
Bamako|hotel|Hotel Karité|12.58660|-7.96590|90|1
Bamako|hotel|Hotel Manding|12.61150|-7.97970|90|1
Bamako|market|Grand market|12.62950|-7.95000|200|1
Bamako|market|Medina market|12.62870|-7.95900|200|1
Bamako|market|Dibida market|12.60380|-7.94740|200|1
Bamako|transport hub|Sogoniko bus station|12.60530|-8.00300|180|1
Bamako|transport hub|Truck park Faladié|12.65070|-7.94100|180|1
Bamako|energy or mining|Balingué power plant|12.61640|-7.91610|500|1
Bamako|telecom|Bamako telephone exchange|12.60310|-7.97750|120|1
Mopti|airport|Mopti airport (Ambodedjo)|14.51280|-4.07956|800|0
Mopti|military|Sévaré camp|14.53610|-4.10940|400|1
Mopti|military|Sévaré operations base|14.52300|-4.07230|400|1
Mopti|police|Mopti gendarmerie|14.52860|-4.08600|150|1
Mopti|government|Mopti governorate|14.53570|-4.08440|150|1
Mopti|port|Mopti river port|14.52430|-4.09390|200|1
Mopti|hotel|Hotel Bani|14.53940|-4.10470|90|1
Mopti|hotel|Hotel Falaise|14.51630|-4.09760|90|1
Mopti|market|Mopti market|14.53000|-4.10380|200|1
Mopti|transport hub|Sévaré bus station|14.52130|-4.08790|180|1
Mopti|telecom|Mopti telephone exchange|14.53540|-4.09880|120|1
Gao|airport|Gao airport|16.24840|-0.00546|800|0
Gao|military|Gao garrison|16.28310|-0.02770|400|1
Gao|military|Gao international camp|16.28360|-0.05720|400|1
Gao|police|Gao gendarmerie|16.26970|-0.03950|150|1
Gao|government|Gao governorate|16.28220|-0.04670|150|1
Gao|port|Gao river port|16.26820|-0.05210|200|1
Gao|hotel|Hotel Askia|16.26750|-0.04490|90|1
Gao|market|Gao market|16.26290|-0.04980|200|1
Gao|transport hub|Gao bus station|16.27350|-0.05000|180|1
Gao|telecom|Gao telephone exchange|16.27100|-0.05540|120|1
Timbuktu|airport|Timbuktu airport|16.73050|-3.00758|800|0
Timbuktu|military|Timbuktu garrison|16.76230|-2.99860|400|1
Timbuktu|hotel|Hotel Sahara|16.76910|-3.00710|90|1
Timbuktu|market|Timbuktu market|16.77980|-3.00930|200|1
Libreville|airport|Libreville airport (Leon Mba)|0.45860|9.41228|1000|0
Libreville|air base|Air Base 01|0.47200|9.42200|500|1
Libreville|energy or mining|Moanda manganese mine|-1.55000|13.23000|1500|1
Libreville|airport|Franceville airport (M'Vengue)|-1.65616|13.43800|1000|0
Libreville|border crossing|Border crossing Eboro-Abang Minko|2.18800|11.33240|400|1
Libreville|government|Presidential palace|0.40530|9.46700|250|1
Libreville|government|Senate|0.38840|9.47220|150|1
Libreville|government|National Assembly|0.40930|9.48690|150|1
Libreville|government|Treasury|0.38360|9.47850|150|1
Libreville|government|Ministry of Defense|0.40110|9.44900|150|1
Libreville|government|Ministry of Foreign Affairs|0.39640|9.45560|150|1
Libreville|government|Gabon Television|0.39520|9.47590|150|1
Libreville|military|Republican Guard barracks|0.37050|9.49580|400|1
Libreville|military|Camp Baraka|0.34910|9.48650|400|1
Libreville|military|Camp Gros-Bouquet|0.41510|9.50340|400|1
Libreville|police|National police headquarters|0.38330|9.49640|150|1
Libreville|police|Gendarmerie headquarters|0.39000|9.48430|150|1
Libreville|embassy|Embassy of Russia|0.40030|9.48060|100|1
Libreville|embassy|Embassy of France|0.40300|9.47730|100|1
Libreville|embassy|Embassy of China|0.38370|9.45480|100|1
Libreville|embassy|Embassy of Morocco|0.38540|9.48900|100|1
Libreville|hotel|Hotel Estuaire|0.40600|9.46000|90|1
Libreville|hotel|Hotel Okoumé|0.41640|9.48030|90|1
Libreville|hotel|Hotel Bord de Mer|0.39340|9.48510|90|1
Libreville|hotel|Hotel Komo|0.38030|9.46780|90|1
Libreville|hotel|Hotel Baie|0.40900|9.47890|90|1
Libreville|market|Mont-Bouet market|0.37610|9.47110|200|1
Libreville|market|Nkembo market|0.39670|9.46620|200|1
Libreville|market|Oloumi market|0.39790|9.47080|200|1
Libreville|transport hub|PK8 bus station|0.41780|9.47030|180|1
Libreville|transport hub|Owendo truck park|0.41420|9.44640|180|1
Libreville|port|Port of Owendo|0.38990|9.44760|600|1
Libreville|energy or mining|Owendo power plant|0.42390|9.49500|500|1
Libreville|telecom|Libreville telephone exchange|0.40940|9.49340|120|1
Port-Gentil|airport|Port-Gentil airport|-0.71174|8.75438|800|0
Port-Gentil|port|Port of Port-Gentil|-0.72680|8.79440|600|1
Port-Gentil|energy or mining|Cap Lopez oil terminal|-0.71370|8.79000|500|1
Port-Gentil|hotel|Hotel Mandji|-0.71570|8.78000|90|1
Port-Gentil|market|Port-Gentil market|-0.72430|8.78600|200|1
Port-Gentil|police|Port-Gentil police|-0.72750|8.77870|150|1
Lome|airport|Lome airport (Tokoin)|6.16561|1.25451|900|0
Lome|air base|Air Base Niamtougou|9.76733|1.09125|900|0
Lome|port|Port of Lomé|6.13900|1.28500|600|1
Lome|border crossing|Border crossing Cinkassé|11.09730|0.02050|400|1
Lome|border crossing|Border crossing Kétao-Ouaké|9.67170|1.35190|400|1
Lome|border crossing|Border crossing Hilla-Condji|6.23650|1.61580|400|1
Lome|border crossing|Border crossing Aflao|6.12210|1.18700|250|1
Lome|government|Presidential palace|6.17620|1.21210|250|1
Lome|government|Ministry of Defense|6.16250|1.24130|150|1
Lome|government|Treasury|6.16850|1.21160|150|1
Lome|military|Garrison Lomé|6.19860|1.25560|400|1
Lome|military|Camp Agoè|6.15060|1.20580|400|1
Lome|police|National police headquarters|6.16650|1.22770|150|1
Lome|police|Gendarmerie headquarters|6.18920|1.23270|150|1
Lome|embassy|Embassy of France|6.17870|1.21920|100|1
Lome|embassy|Embassy of Nigeria|6.16190|1.23420|100|1
Lome|hotel|Hotel Palmier|6.16820|1.24420|90|1
Lome|hotel|Hotel Lagune|6.17920|1.23130|90|1
Lome|hotel|Hotel Cocotier|6.18700|1.24290|90|1
Lome|market|Grand market|6.16230|1.21380|200|1
Lome|market|Adawlato market|6.17870|1.23920|200|1
Lome|transport hub|Agbalépédo bus station|6.17820|1.24840|180|1
Lome|energy or mining|Lomé power plant|6.20390|1.24330|500|1
Lome|telecom|Lomé telephone exchange|6.18880|1.22340|120|1
Ouagadougou|airport|Ouagadougou airport|12.35320|-1.51242|1000|0
Ouagadougou|government|Presidential palace Kosyam|12.35720|-1.55980|250|1
Ouagadougou|government|Ministry of Defense|12.39260|-1.52680|150|1
Ouagadougou|military|Camp Sangoulé Lamizana|12.36450|-1.57360|400|1
Ouagadougou|police|Gendarmerie headquarters|12.38000|-1.55370|150|1
Ouagadougou|embassy|Embassy of France|12.36450|-1.54610|100|1
Ouagadougou|hotel|Hotel Bougainvillier|12.36400|-1.52040|90|1
Ouagadougou|hotel|Hotel Savane|12.39110|-1.53710|90|1
Ouagadougou|market|Grand market|12.38810|-1.52570|200|1
Ouagadougou|transport hub|Ouaga-Inter truck park|12.40710|-1.52240|180|1
Ouagadougou|telecom|Ouagadougou telephone exchange|12.37630|-1.52690|120|1
Cotonou|airport|Cotonou airport (Cadjehoun)|6.35723|2.38435|900|0
Cotonou|port|Port of Cotonou|6.35300|2.43500|500|1
Cotonou|government|Ministry of the Interior|6.38220|2.41740|150|1
Cotonou|military|Camp Guézo|6.37940|2.39810|400|1
Cotonou|police|National police headquarters|6.36290|2.41240|150|1
Cotonou|hotel|Hotel Plage|6.36680|2.41390|90|1
Cotonou|hotel|Hotel Nokoué|6.36670|2.40690|90|1
Cotonou|market|Dantokpa market|6.38470|2.43150|200|1
Cotonou|transport hub|Cotonou bus station|6.36510|2.42520|180|1
Moscow|airport|Moscow airport (Sheremetyevo)|55.97260|37.41460|2000|0
Moscow|airport|Moscow airport (Domodedovo)|55.40880|37.90630|2000|0
Moscow|government|Ministry of Defense|55.78640|37.66790|150|1
Moscow|government|Ministry of Foreign Affairs|55.75190|37.65620|150|1
Moscow|government|Parliament|55.72570|37.64340|150|1
Moscow|military|Moscow garrison|55.69920|37.50370|400|1
Moscow|embassy|Embassy of Mali|55.72310|37.65480|100|1
Moscow|hotel|Hotel Moskva River|55.73170|37.59080|90|1
Moscow|hotel|Hotel Zamoskvorechye|55.78910|37.63090|90|1
Moscow|market|Dorogomilovo market|55.71710|37.62860|200|1
Moscow|transport hub|Kazan railway station|55.74220|37.53980|180|1
Moscow|telecom|Moscow telephone exchange|55.72770|37.54630|120|1
Rostov-on-Don|airport|Rostov airport (Platov)|47.50083|39.93361|1500|0
Rostov-on-Don|military|Southern district headquarters|47.24210|39.66240|400|1
Rostov-on-Don|military|Rostov garrison|47.23280|39.65050|400|1
Rostov-on-Don|police|Rostov police|47.25800|39.68370|150|1
Rostov-on-Don|government|Rostov administration|47.22620|39.73420|150|1
Rostov-on-Don|hotel|Hotel Don|47.24400|39.70740|90|1
Rostov-on-Don|market|Central market|47.25900|39.71400|200|1
Rostov-on-Don|transport hub|Main bus station|47.22850|39.71970|180|1
Ussuriysk|airport|Vladivostok airport|43.39900|132.14799|1500|0
Ussuriysk|military|Ussuriysk garrison|43.80390|131.93380|400|1
Ussuriysk|military|Ussuriysk training ground|43.82180|131.92730|400|1
Ussuriysk|military|Ussuriysk depot|43.81520|131.97840|400|1
Ussuriysk|police|Ussuriysk police|43.81420|131.96970|150|1
Ussuriysk|market|Chinese market|43.81450|131.95370|200|1
Ussuriysk|hotel|Hotel Ussuri|43.80110|131.94530|90|1
Ussuriysk|transport hub|Ussuriysk railway station|43.79390|131.97000|180|1
Khabarovsk|airport|Khabarovsk airport|48.52800|135.18800|1500|0
Khabarovsk|military|Eastern district headquarters|48.49110|135.13300|400|1
Khabarovsk|military|Khabarovsk garrison|48.47560|135.16410|400|1
Khabarovsk|market|Central market|48.46630|135.11940|200|1
Khabarovsk|hotel|Hotel Amur|48.44310|135.11950|90|1
Khabarovsk|transport hub|Khabarovsk railway station|48.48050|135.12830|180|1
Simferopol|airport|Simferopol airport|45.05220|33.97510|1500|0
Simferopol|air base|Air base Belbek|44.68860|33.57110|1200|0
Simferopol|military|Sevastopol naval base|44.61500|33.53500|600|1
Simferopol|military|Simferopol garrison|44.93820|34.13230|400|1
Simferopol|military|Perevalne barracks|44.92820|34.12890|400|1
Simferopol|police|Simferopol police|44.96530|34.12670|150|1
Simferopol|government|Council of Ministers|44.96440|34.10410|150|1
Simferopol|hotel|Hotel Salgir|44.95770|34.11680|90|1
Simferopol|market|Central market|44.94630|34.11180|200|1
Simferopol|transport hub|Simferopol bus station|44.94170|34.11170|180|1
Paris|airport|Paris airport (Charles de Gaulle)|49.01280|2.55000|2500|0
Paris|government|Ministry of Foreign Affairs|48.85710|2.37000|150|1
Paris|military|Military school|48.81320|2.27480|400|1
Paris|embassy|Embassy of Niger|48.84090|2.30870|100|1
Paris|embassy|Embassy of Gabon|48.88960|2.37140|100|1
Paris|hotel|Hotel Canal|48.83280|2.34300|90|1
Paris|hotel|Hotel Montparnasse|48.86980|2.32250|90|1
Paris|market|Aligre market|48.85990|2.30980|200|1
Paris|transport hub|North railway station|48.81930|2.35050|180|1
Istanbul|airport|Istanbul airport|41.27533|28.75200|3000|0
Istanbul|government|Governor of Istanbul|41.04080|28.88450|150|1
Istanbul|hotel|Hotel Haliç|41.04830|28.92430|90|1
Istanbul|hotel|Hotel Bosporus|41.04370|28.89570|90|1
Istanbul|market|Covered market|41.05390|28.90600|200|1
Istanbul|transport hub|Esenler bus station|41.04460|28.87800|180|1
Istanbul|police|Istanbul police|41.07020|28.90210|150|1
Beijing|airport|Beijing airport (Capital)|40.08010|116.58500|2500|0
Beijing|government|Ministry of Commerce|39.84880|116.43180|150|1
Beijing|embassy|Embassy of Gabon|39.87680|116.38190|100|1
Beijing|hotel|Hotel Jade|39.90330|116.41410|90|1
Beijing|hotel|Hotel Lotus|39.87020|116.35800|90|1
Beijing|market|Silk market|39.86040|116.35360|200|1
Beijing|transport hub|South railway station|39.90720|116.35290|180|1
Beijing|telecom|Beijing telephone exchange|39.89360|116.33350|120|1
Jufra|air base|Al Jufra air base|29.19810|16.00100|2000|0
Jufra|market|Hun market|29.12660|15.93810|200|1
Jufra|hotel|Hotel Oasis|29.13070|15.95270|90|1
"""
