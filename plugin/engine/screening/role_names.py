"""Names by which columns are known: those of vendors' documents, usual ones, and parts of names."""

from __future__ import annotations

ROLES = ("device", "time", "lat", "lon", "accuracy", "clock", "position")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Exact column names of public vendor documents (lower case, without separators), most telling first.
SIGNATURES: tuple[tuple[str, dict[str, str]], ...] = tuple(
    (vendor, dict(zip(ROLES, _words(names))))
    for vendor, names in (
        ("Veraset", "caid utctimestamp latitude longitude horizontalaccuracy"),
        ("Veraset Movement", "adid utctimestamp latitude longitude horizontalaccuracy"),
        ("Irys", "deviceid eventtimemilli latitude longitude horizontalaccuracy"),
        ("Sovrn", "mobileadid timestamp latitude longitude horizontalaccuracy"),
        ("Factual", "payloaddeviceifa timestamp payloaddevicegeolat payloaddevicegeolon"),
        ("Foursquare visits", "adid arrivaltime arrivallat arrivallng"),
        ("Foursquare geofence events", "adid timestamp eventlat eventlng"),
        (
            "Movebank",
            "individuallocalidentifier timestamp locationlat locationlong eobshorizontalaccuracyestimate",
        ),
        ("AIS (MarineTraffic)", "mmsi timestamp lat lon"),
        ("AIS (Marine Cadastre)", "mmsi basedatetime lat lon"),
        ("trackintel", "userid trackedat latitude longitude accuracy"),
    )
)

# Names seen in feeds (lower case, without separators), best first.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "device": _words(
        "caid deviceid mobileadid payloaddeviceifa deviceifa ifa cuebiqid adid maid idfa aaid gaid"
        " advertiserid advertisingid individuallocalidentifier mmsi icao24 vehicleid vesselid phoneid userid uid user"
        " quadid trackid trajid trajectoryid taglocalidentifier registration imo callsign device agent agentid"
        " traveler travelerid individual individualid animalid animal vehicle vesselname vessel shipname ship taxiid"
        " collarid collarserial collar tagid tag ptt transmitterid transmitter buoyid drifterid bergid berg iceberg"
        " subjectid participantid participant observerid platformidno registrationid identifier hex assetid"
        " track tid trackfid dispositivo appareil dispositif identifiant equipo gerät gerat geraet cihaz aygıt"
        " устройство прибор терминал ид пристрій جهاز الجهاز معرفالجهاز 设备 设备id 设备号 终端 端末 端末id 기기"
        " 단말기 id"
    ),
    "time": _words(
        "utctimestamp timestamputc utctime datetimeutc eventtimemilli timestamp eventtimestamp"
        " exptimestamp eventtime eventdatetime basedatetime recordedat trackedat fixtime ts unixtime epoch datetime"
        " arrivaltime capturetime time t eventzoneddatetime localdatetime localtimestamp tst locationat locdate"
        " firstseen"
        " when begin horodatage fechahora fechayhora datahora zeitstempel zeitpunkt tarihsaat датаивремя датавремя"
        " التاريخوالوقت 时间 定位时间 日期时间 日時 時刻 시간 일시 время час zaman الوقت eventdate date"
    ),
    "lat": _words(
        "latitude lat locationlat payloaddevicegeolat geolat coordslatitude gpslat latitud latitudine"
        " широта enlem خطالعرض 纬度 緯度 위도 breitengrad breite y"
    ),
    "lon": _words(
        "longitude lon lng long locationlong locationlon payloaddevicegeolon geolon coordslongitude"
        " gpslon longitud longitudine долгота довгота boylam خطالطول 经度 經度 経度 경도 längengrad laengengrad länge"
        " laenge lange x"
    ),
    "accuracy": _words(
        "horizontalaccuracy eobshorizontalaccuracyestimate horizontalaccuracyestimate accuracy"
        " accuracym accuracymeters accuracymetres gpsaccuracy locationaccuracy precision acc ha"
    ),
    "clock": (),
    "position": _words(
        "geometry geom wkt thegeom wkbgeometry wkb point shape latlon latlng latlong lonlat lnglat longlat loc"
        " coordinates coords coordinate position location gps geopoint geo geojson latitudelongitude"
    ),
}
# Parts of a name ("dev_lat", "CAPTURE_TIME") that tell a role when no whole name is known.
TOKENS: dict[str, frozenset[str]] = {
    "device": frozenset(
        {"deviceid", "ifa", "maid", "idfa", "mmsi", "imei", "device", "appareil", "dispositif", "dispositivo", "gerät",
         "geraet", "cihaz", "устройство", "устройства", "пристрій", "جهاز", "الجهاز"}
    ),
    "time": frozenset({"timestamp", "datetime", "time"}),
    "lat": frozenset({"lat", "latitude"}),
    "lon": frozenset({"lon", "lng", "long", "longitude"}),
    "accuracy": frozenset(
        {"accuracy", "précision", "precision", "precisión", "precisão", "precisione", "genauigkeit", "doğruluk",
         "точность", "точність", "دقة", "الدقة"}
    ),
    "clock": frozenset(),
    "position": frozenset({"geometry", "geom", "wkt", "wkb", "latlon", "latlng", "coordinates", "position"}),
}
DATE_TOKENS = frozenset(
    {"date", "day", "datum", "fecha", "jour", "data", "tarih", "дата", "dat", "tag", "dia", "giorno", "gün",
     "تاريخ", "التاريخ", "日期", "날짜", "日付", "yyyymmdd", "ddmmyyyy", "ddmmyy", "yymmdd"}
)
NOT_TOKENS: dict[str, frozenset[str]] = {
    "device": frozenset(
        {"os", "type", "model", "make", "language", "carrier", "name", "typ", "tipo", "modèle", "modelo", "modell",
         "marque", "marca", "système", "sistema", "nom", "langue"}
    ),
    "time": frozenset({"zone", "timezone", "offset", "used", "call"}),
    "lat": frozenset({"acc", "accuracy"}),
    "lon": frozenset({"acc", "accuracy"}),
    "accuracy": frozenset(
        {"vertical", "verticale", "speed", "heading", "bearing", "altitude", "course", "dilution", "dop"}
    ),
    "clock": frozenset(),
    "position": frozenset(),
}
